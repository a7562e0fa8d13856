"""Outbound lists 外呼任务: whom to call, when, how often, and what came of it (T17, T18)."""
