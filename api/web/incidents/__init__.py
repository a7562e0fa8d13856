"""Incidents (异常事件) for administrators: by cause, one by one, and what can be done about them."""
