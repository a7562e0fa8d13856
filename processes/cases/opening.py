"""Opening a case (立案): a clear record or a reasoned anonymous one, a number, a secret code, and its process (C03, C04)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.context import Command
from engine.definitions.models import Bundle
from engine.errors import Invalid
from engine.inserts import insert_once
from engine.prepared import Prepared
from processes.casefile import numbers, people, titles
from processes.casefile.categories import CATEGORIES, PARTS
from processes.casefile.changes import change_case
from processes.casefile.models import Case
from processes.registry.areas import services as areas

CHANNELS = frozenset("phone sms web wechat email fax voicemail pager app missed 110 superior".split())
FACTS = ("class_l1", "class_l2", "class_l3", "class_l4", "kind", "urgency", "reply_pref")
"""Variables that are facts of the case, too, and are kept in its row."""

REQUIRED = "必填。 Required."
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_VARIABLES, LONGEST_VARIABLE = 20, 200
_STARTED_BY: Final = Prepared(select(Bundle.start_messages).where(Bundle.process_key == bindparam("key"), Bundle.current))
DRAWS = 20
"""Case numbers to draw before giving up; two draws in a row colliding is as likely as 1 in 10^14 at 10^5 cases a day."""


@dataclass(frozen=True, slots=True)
class NewCitizen:
    """The person a case is for, as given."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is needed to open a case. `variables` are small scalars for the process; facts of the case among them are kept in its row."""

    category: str
    channel: str
    title: str
    content: str
    citizen: NewCitizen | None = None
    anonymous_reason: str | None = None
    area: str | None = None
    address: str | None = None
    confidential: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case just opened. `query_code` is shown here once and kept nowhere."""

    case_no: str
    query_code: str
    category: str
    status: str
    instance_id: int


def open_case(work: Command, new: NewCase) -> OpenedCase:
    """Open a case and start its category's process with the variables `case_no`, `category` and those given.

    Raises `Invalid` naming every field that is wrong.
    """
    errors = _errors(work.session, new)
    if errors:
        raise Invalid(errors=errors)
    citizen_id = people.remember(work.session, new.citizen.name, new.citizen.phone, work.now) if new.citizen else None
    case_no, code = _insert(work, new, citizen_id)
    work.write(*titles.entering(work.session.connection().dialect.name, case_no, new.title.strip()))
    started = work.start(new.category, case_no, {**new.variables, "case_no": case_no, "category": new.category})
    change_case(work.session, case_no, instance_id=started)
    return OpenedCase(case_no, code, new.category, "open", started)


def _insert(work: Command, new: NewCase, citizen_id: int | None) -> tuple[str, str]:
    facts = {name: _code(new.variables.get(name)) for name in FACTS}
    area, address = _place(new)
    for _ in range(DRAWS):
        case_no, code = numbers.case_number(work.now), numbers.query_code()
        row = {
            "case_no": case_no,
            "query_digest": numbers.query_digest(case_no, code),
            "category": new.category,
            "channel": new.channel,
            "title": new.title.strip(),
            "content": new.content.strip(),
            "citizen_id": citizen_id,
            "anonymous_reason": None if new.citizen else new.anonymous_reason,
            "area": area,
            "address": address,
            "address_index": numbers.address_index(address) if address else None,
            "confidential": new.confidential,
            "opened_by": work.actor.id,
            "opened_at": work.now,
        }
        if insert_once(work.session, Case, {**row, **facts}):
            return case_no, code
    raise RuntimeError("no free case number found")


def _place(new: NewCase) -> tuple[str | None, str | None]:
    """The area's code and the address; a place that is no listed area begins the address, so that who registers can choose one."""
    given = (new.area or "").strip()
    code = areas.code_of(given)
    told = [text for text in ("" if code else given, (new.address or "").strip()) if text]
    return code, " ".join(told) or None


def _code(value: Any) -> str | None:
    """A fact as its column holds it; what is no code is no fact of the case."""
    return value if isinstance(value, str) and 0 < len(value) <= 16 else None


def _errors(session: Session, new: NewCase) -> dict[str, str]:
    errors = {}
    if not new.title.strip():
        errors["title"] = REQUIRED
    elif len(new.title) > 200:
        errors["title"] = "不能超过 200 字。 At most 200 characters."
    if not new.content.strip():
        errors["content"] = REQUIRED
    elif len(new.content) > 20_000:
        errors["content"] = "不能超过 20000 字。 At most 20,000 characters."
    if new.channel not in CHANNELS:
        errors["channel"] = f"渠道只能是：{' '.join(sorted(CHANNELS))}。 No such channel."
    if new.area is not None and len(new.area) > 32:
        errors["area"] = "区域不能超过 32 字。 An area has 32 characters at most."
    if not _is_category(session, new.category):
        errors["category"] = "没有这个已发布的案件类别。 There is no published category of this name."
    return errors | _person_errors(new) | _variable_errors(new.variables)


def _person_errors(new: NewCase) -> dict[str, str]:
    if new.citizen is None:
        if (new.anonymous_reason or "").strip():
            return {}
        return {"citizen": "请填写市民姓名和电话，或写明匿名原因。 Give the citizen's name and phone, or the reason for staying anonymous."}
    errors = {}
    if not new.citizen.name.strip():
        errors["citizen.name"] = REQUIRED
    if not people.is_phone(new.citizen.phone):
        errors["citizen.phone"] = "不是有效的电话号码。 This is not a valid phone number."
    return errors


def _variable_errors(variables: Mapping[str, Any]) -> dict[str, str]:
    if len(variables) > MOST_VARIABLES:
        return {"variables": f"最多 {MOST_VARIABLES} 个。 At most {MOST_VARIABLES}."}
    errors = {}
    for name, value in variables.items():
        if not NAME.fullmatch(name) or name in ("case_no", "category"):
            errors[f"variables.{name}"] = "名称不可用。 This name cannot be used."
        elif not isinstance(value, str | int | float | bool | None) or (isinstance(value, str) and len(value) > LONGEST_VARIABLE):
            errors[f"variables.{name}"] = "只能是简短的文字、数字或是否。 Only short texts, numbers and yes or no."
    return errors


def _is_category(session: Session, key: str) -> bool:
    """Whether a case can run by this process: published and no part of other cases. A message may start one of the ten
    categories (a pager's key opens its own case), a city's own process may then be no category."""
    if key in PARTS:
        return False
    started_by = _STARTED_BY.scalar(session.connection(), {"key": key})
    return started_by is not None and (key in CATEGORIES or not started_by)
