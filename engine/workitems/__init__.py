"""Work items: the open and finished user tasks that inboxes list."""
