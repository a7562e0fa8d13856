"""The append-only, hash-chained history that replay and audit read."""
