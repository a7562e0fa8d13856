"""Telephony at the front door: rows inserted here, no exchange needed."""
