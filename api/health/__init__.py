"""Whether the process lives, whether the product is ready, and its figures."""
