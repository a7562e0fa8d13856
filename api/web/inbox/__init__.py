"""The inbox: what waits for a person and their groups."""
