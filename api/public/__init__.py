"""What a citizen may ask without an account."""
