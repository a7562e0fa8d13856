"""Recordings: found, and heard for a reason."""
