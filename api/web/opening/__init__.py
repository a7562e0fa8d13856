"""Registering a new case."""
