"""A case's history, step by step."""
