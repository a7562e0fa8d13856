"""The case's sheet and the search for cases."""
