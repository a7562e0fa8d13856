"""The demo's mailbox: the messages that would have been sent."""
