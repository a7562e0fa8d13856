"""Deliveries to the outside (发件箱): written with the command that wants them, sent later, retried, sent once in effect."""
