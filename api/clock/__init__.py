"""The test clock: an offset that only grows, kept in the database, and running what comes due on the way."""
