"""Server-sent events: what is new, and the stream of one browser."""
