"""Deliveries: retried, in order, sent once in effect (E08)."""
