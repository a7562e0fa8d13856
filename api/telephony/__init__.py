"""Telephony at the front door: rows are read and commands are written, and no exchange is ever spoken to."""
