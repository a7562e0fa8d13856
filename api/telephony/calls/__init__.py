"""Calls: found, shown, and asked to do something."""
