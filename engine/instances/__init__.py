"""Process instances: one row each, the task tree as one compact blob."""
