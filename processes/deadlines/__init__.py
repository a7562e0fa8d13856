"""Deadlines 时限: calendar days and the working days of the People's Republic with their make-up days (E06)."""
