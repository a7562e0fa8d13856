"""Incidents, end to end in the engine."""
