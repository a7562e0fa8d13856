"""How the people of the demo city work: how long a task lies, what they decide, what they ask for on the side.

Only the demo's own statistics (requirements.md 5.2), not rules of the hotline: those stand in the diagrams and tables.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any

from processes.deadlines.zone import LOCAL

OPENS, CLOSES = 8.5, 18.0
"""Office hours of those who do not work in shifts, local time."""
ROUND_THE_CLOCK = frozenset({"register", "link_check", "ack"})
"""Elements whose people work at any hour (the half-hour confirmation runs day and night)."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How long a task lies (log-normal: median in hours and spread), and its possible answers by weight."""

    hours: float
    spread: float = 0.6
    choices: tuple[tuple[int, dict[str, Any]], ...] = ((1, {}),)
    never: float = 0.0
    """How likely nobody ever does it."""


HABITS: dict[str, Habit] = {
    "register": Habit(0.05),
    "link_check": Habit(0.15, choices=((85, {"action": "new"}), (15, {"action": "link"}))),
    "review": Habit(0.5, choices=((95, {"decision": "dispatch"}), (2, {"decision": "back"}), (3, {"decision": "reject"}))),
    "answer": Habit(0.1, choices=((70, {"mode": "instant"}), (12, {"mode": "later"}), (18, {"mode": "transfer"}))),
    "ack": Habit(0.15, 0.9, choices=((95, {"outcome": "accept"}), (5, {"outcome": "return"}))),
    "handle": Habit(34, 0.9, choices=((98, {"outcome": "done", "contacted": True}), (2, {"outcome": "return"})), never=0.12),
    "return_audit": Habit(2, choices=((65, {"audit": "approve"}), (35, {"audit": "reject"}))),
    "result_review": Habit(4, choices=((90, {"verdict": "pass"}), (10, {"verdict": "redo"}))),
    "redispatch": Habit(2),
    "reply_citizen": Habit(5, choices=((92, {"reached": True}), (8, {"reached": False}))),
    "visit": Habit(
        16,
        choices=(
            (78, {"reached": True, "handler_sat": "satisfied", "handling_sat": "satisfied", "solved": "yes", "score": 5}),
            (8, {"reached": True, "handler_sat": "satisfied", "handling_sat": "unsatisfied", "solved": "no", "unsat_reason": "result"}),
            (2, {"reached": True, "handler_sat": "unconfirmed", "handling_sat": "unconfirmed", "solved": "partly"}),
            (12, {"reached": False}),
        ),
        never=0.05,
    ),
    "redo_decision": Habit(5, choices=((60, {"decision": "redo"}), (40, {"decision": "explain"}))),
    "extension_decision": Habit(3, choices=((80, {"decision": "approve"}), (20, {"decision": "refuse"}))),
    "supervise": Habit(3, never=0.1),
    "verify_reply": Habit(3),
}
USUAL = Habit(4)
WORDS = {
    "measures": "已派员到现场核实，联系责任方整改，并做好后续巡查。",
    "reply": "您反映的情况已核实，已安排处理完毕，后续将加强管理，感谢您的监督。",
    "opinion": "请承办单位高度重视，限期办结并书面反馈。",
    "reason": "情况属实，按职责和规定办理。",
    "content": "已将办理情况告知市民。",
    "prelim_opinion": "建议转责任单位核实处理。",
    "demand": "希望尽快处理并回电告知结果。",
    "answer": "已按政策口径答复，并告知办理材料和网点。",
    "text": "请尽快办理。",
}
"""What they write into the free texts, by field."""


@dataclass(frozen=True, slots=True)
class SideWish:
    """Something asked for beside the flow, some days after the case was opened."""

    action: str
    likelihood: float
    least_days: float
    most_days: float
    body: dict[str, Any] = field(default_factory=dict)


WISHES = (
    SideWish("urge", 0.07, 1.5, 5, {"text": "市民再次来电催办，请尽快处理。"}),
    SideWish("urge", 0.02, 3, 6, {"text": "市民第二次来电催办。"}),
    SideWish("supplement", 0.04, 0.2, 3, {"text": "市民补充：问题多发生在早晚时段，可现场查看。"}),
    SideWish("extend", 0.1, 0.5, 3, {"days": 5, "reason": "需采购配件并协调施工单位，原期限内难以办结。"}),
    SideWish("withdraw", 0.03, 0.2, 2, {"reason": "市民来电表示问题已自行解决，申请撤回。"}),
    SideWish("note", 0.02, 1, 4, {"text": "请承办单位负责人包案，限时解决。"}),
    SideWish("link", 0.02, 0.1, 1, {"kind": "link"}),
)


def delay(rng: Random, element: str, opened: datetime) -> datetime | None:
    """When somebody does a task that appeared at `opened`; None for never."""
    habit = HABITS.get(element, USUAL)
    if rng.random() < habit.never:
        return None
    moment = opened + timedelta(hours=rng.lognormvariate(log(habit.hours), habit.spread))
    return moment if element in ROUND_THE_CLOCK else _in_the_office(rng, moment)


def choice(rng: Random, element: str) -> dict[str, Any]:
    """What somebody decides at a task."""
    choices = HABITS.get(element, USUAL).choices
    return dict(rng.choices([answer for _, answer in choices], [weight for weight, _ in choices])[0])


def _in_the_office(rng: Random, moment: datetime) -> datetime:
    local = moment.astimezone(LOCAL)
    hour = local.hour + local.minute / 60
    if OPENS <= hour < CLOSES:
        return moment
    day = local if hour < OPENS else local + timedelta(days=1)
    morning = day.replace(hour=int(OPENS), minute=30, second=0, microsecond=0)
    return morning + timedelta(minutes=rng.uniform(0, 90))
