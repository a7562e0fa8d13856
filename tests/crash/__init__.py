"""The product is killed at every statement, before and after every commit, and at every outgoing call, and ends the same."""
