"""What outside systems call: signed, no token."""
