"""Drafts (草稿): what somebody has typed into a task's form and not yet sent in."""
