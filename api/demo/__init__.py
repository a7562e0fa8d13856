"""The demo city: units, accounts, and believable synthetic cases made through the real commands."""
