"""`Idempotency-Key`: a creating POST that is sent twice creates once."""
