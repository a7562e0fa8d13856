"""Deliveries to the outside, to be looked at."""
