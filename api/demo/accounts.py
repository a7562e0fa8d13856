"""The demo city's accounts: one for each role, one for each unit, all with the password that is printed at start."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.demo.units import UNITS
from engine.settings import Settings
from processes.registry.accounts import services as accounts


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo city."""

    username: str
    name: str
    groups: tuple[str, ...]


CENTRE = (
    DemoAccount("agent1", "话务员一", ("agent",)),
    DemoAccount("team_leader1", "带班组长一", ("team_leader",)),
    DemoAccount("shift_leader1", "值班长一", ("shift_leader",)),
    DemoAccount("reviewer1", "审核督办一", ("reviewer",)),
    DemoAccount("exec1", "执行部一", ("exec",)),
    DemoAccount("visitor1", "回访员一", ("visitor",)),
    DemoAccount("supervisor1", "督办员一", ("supervisor",)),
    DemoAccount("expert1", "专家一", ("expert",)),
    DemoAccount("care_clerk1", "养老管理员一", ("care_clerk",)),
    DemoAccount("enterprise_clerk1", "企业管理员一", ("enterprise_clerk",)),
    DemoAccount("quality1", "质检员一", ("quality",)),
    DemoAccount("designer1", "流程设计一", ("designer",)),
    DemoAccount("designer2", "流程设计二", ("designer",)),
    DemoAccount("auditor1", "审计员一", ("auditor",)),
    DemoAccount("admin", "管理员", ("admin",)),
    DemoAccount("unit1", "城管局经办人", ("unit:urban",)),
    DemoAccount("unit_leader1", "自来水公司领导", ("unit_leader:water",)),
)
OF_UNITS = tuple(DemoAccount(f"unit_{unit.code}", f"{unit.name}经办人", (f"unit:{unit.code}",)) for unit in UNITS)
ACCOUNTS = (*CENTRE, *OF_UNITS)
NAMED = (
    "agent1",
    "reviewer1",
    "unit_water",
    "unit_housing",
    "exec1",
    "visitor1",
    "supervisor1",
    "designer1",
    "designer2",
    "auditor1",
    "admin",
)
"""The accounts worth a line at start; the others are named by the same pattern."""


def seed(session: Session, password: str) -> None:
    """Open the accounts that are not there yet."""
    for one in ACCOUNTS:
        if accounts.active(session, one.username) is None:
            accounts.add(session, one.username, password, groups=one.groups, display_name=one.name, demo=True)


def announce(settings: Settings) -> str:
    """The lines about the accounts that `serve` prints."""
    return f"演示账号 demo accounts: {' '.join(NAMED)} … (<group>1, unit_<code>)\n密码 password of all: {settings.demo_password}"
