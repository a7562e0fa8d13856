"""Seats 座席: who is signed in at which telephone, in what state, and since when (T11)."""
