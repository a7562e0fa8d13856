"""The doors of rooms that later issues build."""
