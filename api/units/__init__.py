"""Units: the secrets of their callbacks."""
