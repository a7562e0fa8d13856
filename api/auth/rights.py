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
TAKE_CALLS = ("agent", "team_leader", "shift_leader", "supervisor", "expert", "visitor", "exec", "care_clerk", "admin")
"""Sit at a seat (座席) and do with their own calls what can be done."""
SUPERVISE_CALLS = ("supervisor", "team_leader", "shift_leader", "admin")
"""See every seat; listen, whisper, barge in, take over, force out, lock (监控)."""
HEAR_CALLS = ("quality", *SUPERVISE_CALLS)
"""Hear everybody's recordings, for a reason that is kept."""
SEE_CALLS = ("auditor", *HEAR_CALLS)
"""See everybody's calls, not only their own."""
BLOCK_NUMBERS = SUPERVISE_CALLS
"""Ask for a number to be blocked, approve what somebody else asked for, lift it."""
PLAN_CALLS = DEPLOY
"""Change numbers, menus, queues and service hours."""
KEEP_ELDERS = ("care_clerk", "shift_leader", "admin")
"""Keep the register of elders, their devices and contacts (T25); see it in the clear, for a reason that is kept."""
CLASS_CUSTOMERS = ("shift_leader", "admin")
"""Say which citizens are VIP客户 or 重要客户, and which are no more."""
SEE_CUSTOMERS = tuple(dict.fromkeys((*CLASS_CUSTOMERS, "team_leader", "supervisor", "auditor")))
"""See the registers of those customers."""
