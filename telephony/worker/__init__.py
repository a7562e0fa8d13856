"""`bihuan telephony`: one process per exchange and application name; its calls stand in the database, its sockets and timers here."""
