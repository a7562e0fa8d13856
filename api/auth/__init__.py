"""Log-in: opaque tokens for programs, session cookies with a CSRF token for browsers."""
