"""The register of elders: their devices and contacts."""
