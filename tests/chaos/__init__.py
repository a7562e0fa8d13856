"""The server is killed again and again while people work, and nothing may be lost, doubled or stuck."""
