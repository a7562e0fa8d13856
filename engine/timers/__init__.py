"""Timers: the due times of waiting tasks, as rows that a tick finds by index."""
