"""Telephony's rows on real databases, without an exchange."""
