"""The plan of the exchange."""
