"""The roles of the hotline (C42), with the groups that follow from them."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from processes.registry.accounts.models import Membership


class Name(NamedTuple):
    """What a role is called."""

    zh: str
    en: str


ROLES: Final = {
    "agent": Name("话务员", "Agent"),
    "team_leader": Name("带班组长", "Team leader"),
    "shift_leader": Name("值班长", "Shift leader"),
    "reviewer": Name("审核督办", "Reviewer"),
    "exec": Name("执行部", "Execution desk"),
    "unit": Name("承办单位", "Unit"),
    "unit_leader": Name("受理单位领导", "Unit leader"),
    "visitor": Name("回访员", "Return visitor"),
    "supervisor": Name("督办员", "Supervisor"),
    "expert": Name("专家座席", "Expert"),
    "care_clerk": Name("养老管理员", "Home-care clerk"),
    "enterprise_clerk": Name("企业管理员", "Enterprise clerk"),
    "quality": Name("质检员", "Quality inspector"),
    "designer": Name("流程设计员", "Process designer"),
    "auditor": Name("纪委电子监察", "Auditor"),
    "admin": Name("系统管理员", "Administrator"),
}
OF_A_UNIT: Final = frozenset({"unit", "unit_leader"})
ADMIN: Final = "admin"


def groups_of(membership: Membership) -> Iterator[str]:
    """The groups that a membership brings: the role, and for a unit's people `unit:<code>`, its leaders `unit_leader:<code>` too."""
    yield membership.role_code
    if membership.unit_code is None:
        return
    yield f"unit:{membership.unit_code}"
    if membership.role_code == "unit_leader":
        yield "unit"
        yield f"unit_leader:{membership.unit_code}"
