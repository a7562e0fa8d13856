"""The screen pop: who calls, and what is known of them."""
