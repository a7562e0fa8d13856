"""Which roles may do what at the front door, in one table (what a person may do with a case stands in `processes`)."""

ADMINISTER = ("admin",)
"""Advance the test clock, send messages, settle incidents, make callback secrets."""
DEPLOY = ("designer", "admin")
"""Upload, publish and retire definitions."""
SEE_VARIABLES = ("admin", "designer", "supervisor", "auditor", "shift_leader", "exec")
"""See the process data of an instance."""
AUDIT = ("auditor", "admin")
"""See deliveries and what became of them."""
OPEN_CASES = ("agent", "team_leader", "shift_leader", "exec", "admin")
"""Register a case."""
