"""The citizen's page: progress by number and query code."""
