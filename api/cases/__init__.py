"""Opening, finding and reading cases."""
