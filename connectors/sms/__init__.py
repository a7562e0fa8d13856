"""Text messages (短信): who is told what, through an HTTP gateway or, in the demo, into a mailbox that a page shows."""
