"""The inbox (待办): every open task that somebody may act on, with its case and both lamps."""
