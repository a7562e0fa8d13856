"""The figures of `make bench`, each beside the bare statements that the same work sent to the same database."""
