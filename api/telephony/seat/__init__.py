"""The own seat, and everybody's for supervisors."""
