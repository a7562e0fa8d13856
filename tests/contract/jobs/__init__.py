"""What every adapter of `JobQueue` promises, on every database it serves."""
