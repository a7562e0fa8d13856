"""Everything that a run has left behind, written so that two runs of one scenario can be compared word for word.

Every table is taken, row for row and column for column, but for what rightly differs: random numbers are replaced by
names that say whose they are, digests and counters of attempts are left out. Times are compared to the microsecond.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from sqlalchemy import Column, Table, select
from sqlalchemy.orm import Session

from api.migrations.models import metadata
from api.product import Product
from engine.history.models import History, Submission
from engine.history.submissions import open_sealed
from engine.instances.models import LIVE, Instance
from engine.outbox.models import Delivery
from engine.spiff import codec
from processes.casefile.models import Case
from tests.crash.outside import Outside

STANDING = frozenset(
    "access_token account alembic_version bundle calendar_day calendar_year definition_file demo_case demo_load deployment membership "
    "process_definition role unit".split()
)
"""Tables that no scenario changes, or that only say who is logged in."""
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "case": frozenset({"query_digest"}),
    "case_call": frozenset({"query_code"}),
    "delivery": frozenset({"seq", "attempts"}),
    "history": frozenset({"hash", "prev_hash"}),
    "anchor": frozenset({"digest"}),
    "idempotency_key": frozenset({"scope", "request", "answer", "created_at"}),
    "instance": frozenset({"last_hash", "state"}),
    "received_webhook": frozenset({"received_at"}),
    "submission": frozenset({"body"}),
}
"""Digests of what is random, order numbers drawn from the machine's clock, and how often something was tried."""
NUMBERS = re.compile(r"TS\d{8}[0-9A-HJKMNP-TV-Z]{8}|msg_[0-9a-f]{32}|(?<![\d.])\d{15,16}(?![\d.])")
"""Case numbers, ids of deliveries, ids of instances."""
INSTANCE = "instance"
"""What instances are called, with a number."""
Lines = dict[str, list[str]]


def outcome(product: Product, outside: Outside) -> Lines:
    """What stands in each table, and what the outside was told, one line a row in an order that says nothing."""
    with product.engine.read() as session:
        names = _names(session)
        lines = {table.name: _table(session, table, names) for table in metadata().sorted_tables if table.name not in STANDING}
        lines["submission: text"] = _submissions(session, names)
        lines["instance: state"] = _states(session, product, names)
    lines["outside"] = sorted(_named([delivery, body], names) for delivery, body in outside.accepted.items())
    return lines


def differences(one: Lines, other: Lines, most: int = 12) -> list[str]:
    """Lines that only one of the two has, at most so many."""
    found = []
    for table in one:
        left, right = Counter(one[table]), Counter(other[table])
        found += [f"- {table}: {line}" for line in (left - right).elements()]
        found += [f"+ {table}: {line}" for line in (right - left).elements()]
    return found[:most]


def first_instance(session: Session, found: list[str]) -> str:
    """Which instance it is that came first into being of those named in some differences; empty when they name none."""
    named = {name for line in found for name in re.findall(rf"\b{INSTANCE}\d+\b", line)}
    names = _names(session)
    for row in session.execute(select(Instance.id, Instance.process_key, Instance.business_key).order_by(Instance.started_at, Instance.id)):
        if (name := NUMBERS.sub(names, str(row.id))) in named:
            return f"{name} = {row.process_key} {row.id} of {row.business_key or 'no case'}"
    return ""


def _names(session: Session) -> Callable[[re.Match[str]], str]:
    """What to call each random number: by the order in which the things came into being, never by itself."""
    known: dict[str, str] = {}
    for number, case_no in enumerate(session.scalars(select(Case.case_no).order_by(Case.opened_at, Case.title)), 1):
        known[case_no] = f"case{number}"
    instances = session.execute(select(Instance.started_at, Instance.business_key, Instance.process_key, Instance.id)).all()
    for number, row in enumerate(sorted(instances, key=lambda row: (row[0], known.get(row[1], ""), row[2], row[3])), 1):
        known[str(row.id)] = f"{INSTANCE}{number}"
    deliveries = session.execute(select(Delivery.created_at, Delivery.business_key, Delivery.connector, Delivery.seq, Delivery.id)).all()
    for number, one in enumerate(sorted(deliveries, key=lambda row: (row[0], known.get(row[1], ""), *row[2:])), 1):
        known[one.id] = f"delivery{number}"
    return lambda match: known.get(match.group(), match.group())


def _named(value: Any, names: Callable[[re.Match[str]], str]) -> str:
    return NUMBERS.sub(names, orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS).decode())


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)


def _table(session: Session, table: Table, names: Callable[[re.Match[str]], str]) -> list[str]:
    columns = [column for column in table.c if column.name not in LEFT_OUT.get(table.name, ()) and not _running(column)]
    rows = session.execute(select(*columns)).all() if columns else []
    return sorted(_named(_row(table, dict(row._mapping)), names) for row in rows)


def _running(column: Column[Any]) -> bool:
    """Whether a column is only a running number: gaps in it are nobody's business, and neither is who came first."""
    numbered = column.name == "id" and column.primary_key and column.type.python_type is int and column.table.name != Instance.__tablename__
    return numbered or column.name == "citizen_id"


def _row(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    if table.name == History.__tablename__:
        values["data"] = {key: value for key, value in orjson.loads(values["data"]).items() if key != "submission"}
    return values


def _submissions(session: Session, names: Callable[[re.Match[str]], str]) -> list[str]:
    query = select(History.instance_id, History.seq, History.data, Submission.body).join(
        Submission, (Submission.instance_id == History.instance_id) & (Submission.seq == History.seq)
    )
    found = []
    for instance_id, seq, data, body in session.execute(query):
        said = open_sealed(body, orjson.loads(data)["submission"])
        found.append(_named([instance_id, seq, said], names))
    return sorted(found)


def _states(session: Session, product: Product, names: Callable[[re.Match[str]], str]) -> list[str]:
    """Each instance's tasks with their data as they are stored, whatever memory holds of them; of an ended one its process data."""
    states = session.execute(select(Instance.id, Instance.status, Instance.state, Instance.bundle_id)).all()
    return sorted(_named([row.id, _state(session, product, row)], names) for row in states)


def _state(session: Session, product: Product, row: Any) -> Any:
    if row.status != LIVE:
        return codec.ended_variables(row.state)
    flow = codec.decode(row.state, product.engine.specs.get(session, row.bundle_id), None)
    tasks = [[task.id, task.task_spec.name, task.state, task._parent, task.data, task.internal_data] for task in flow.all_tasks()]
    return sorted(tasks, key=lambda task: task[0])
