"""Which processes can be the category of a case."""

CATEGORIES = (
    "consultation",
    "dispatch",
    "complaint",
    "elderly_emergency",
    "home_care",
    "simple_matter",
    "enterprise",
    "public_affair",
    "praise",
    "to_do",
)
"""The ten categories of the hotline (十大类); a city may publish further processes of its own."""

PARTS = frozenset(
    "urge supplement withdraw extension link leader_note return_visit work_order supervision supervision_reply loop_check"
    " stuck_case".split()
)
"""Processes that are no case of their own: side actions, work orders, supervising, return visits, the nightly check."""
