"""Incidents: what a person must look at, and can try again."""
