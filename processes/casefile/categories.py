"""Which processes can be the category of a case."""

NAMES = {
    "consultation": "普通咨询 Consultation",
    "dispatch": "家政服务 Home service",
    "complaint": "投诉建议 Complaint and suggestion",
    "elderly_emergency": "老年人一键通 Elderly emergency",
    "home_care": "居家养老 Home care",
    "simple_matter": "简单事务 Simple matter",
    "enterprise": "企业服务 Enterprise service",
    "public_affair": "公共事务 Public affair",
    "praise": "表扬投诉 Praise",
    "to_do": "待办事务 To do",
}
CATEGORIES = tuple(NAMES)
"""The ten categories of the hotline (十大类); a city may publish further processes of its own."""

PARTS = frozenset(
    "urge supplement withdraw extension link leader_note return_visit work_order supervision supervision_reply loop_check"
    " stuck_case intake missed_call device_check pressed_again".split()
)
"""Processes that are no case of their own: side actions, work orders, supervising, return visits, calls, the checks by the clock."""
