"""Log-in for programs."""
