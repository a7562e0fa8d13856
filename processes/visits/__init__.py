"""Telling the citizen the result (反馈市民) and the return visit with its two subjects (回访)."""
