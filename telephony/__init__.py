"""The telephone exchange; it comes with its own issue, and until then every flow takes its manual branch."""
