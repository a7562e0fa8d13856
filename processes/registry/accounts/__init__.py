"""Accounts 账号 of the hotline's people and the units': roles, memberships, log-in with lock-out (C42, X04)."""
