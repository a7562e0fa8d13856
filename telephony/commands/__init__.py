"""What people and processes ask of calls: rows, that a telephony worker carries out. No web process speaks to an exchange."""
