"""Customers whose class the centre has set: VIP and important ones."""
