"""The telephone exchange, tested on a real one."""
