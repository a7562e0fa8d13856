"""Outbound lists."""
