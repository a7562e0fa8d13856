"""The inbox and its tasks."""
