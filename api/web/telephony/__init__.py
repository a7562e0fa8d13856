"""The pages of telephony: the seat's own window, the supervisor's board, the list of calls."""
