"""The blacklist 黑名单: numbers that hear an excuse, approved by a second person and for a time only (T29)."""
