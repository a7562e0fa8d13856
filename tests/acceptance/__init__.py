"""What contract.md promises to outsiders, tried by HTTP on a running server."""
