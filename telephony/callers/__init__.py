"""Who calls, as far as the registers know: for the screen pop and for diagrams."""
