"""Calls: what a call is, what may happen to it, and what follows; pure, without exchange or database."""
