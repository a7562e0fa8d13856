"""The client of Asterisk's REST interface."""
