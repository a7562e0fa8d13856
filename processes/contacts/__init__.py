"""Contacts (来电): which calls belong to which case, and the calls that nobody answered; telephony's own rows stay in telephony."""
