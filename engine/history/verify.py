"""Proof that no row of history was changed, dropped or added: `bihuan audit verify`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.history import archive
from engine.history.chain import GENESIS, Row, digest
from engine.history.models import History
from engine.instances.models import Instance

CUT = "末尾被截断或追加 the tail was cut or added to"


@dataclass(frozen=True, slots=True)
class BadRecord:
    """The first record of an instance that does not fit, and why, in Chinese and English."""

    instance_id: int
    business_key: str
    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """How many instances and rows were read, and the first bad record of each instance that has one."""

    instances: int
    rows: int
    bad: list[BadRecord]


def verify(session: Session, business_key: str | None = None) -> Report:
    """Check the chains of one case, or of all, those in the archive too. Reads rows in order of instance and number; memory stays flat."""
    heads = select(Instance.id, Instance.business_key, Instance.last_seq, Instance.last_hash).order_by(Instance.id)
    rows = select(History.__table__).order_by(History.instance_id, History.seq)
    if business_key is not None:
        heads = heads.where(Instance.business_key == business_key)
        rows = rows.where(History.instance_id.in_(select(Instance.id).where(Instance.business_key == business_key)))
    stream = iter(session.execute(rows.execution_options(yield_per=2_000)))
    row = next(stream, None)
    instances = count = 0
    bad: list[BadRecord] = []
    for instance_id, key, last_seq, last_hash in session.execute(heads).all():
        instances += 1
        seq, previous, fault = 0, GENESIS, None
        while row is not None and row.instance_id < instance_id:
            bad.append(BadRecord(row.instance_id, "", row.seq, "履历没有所属实例 the record belongs to no instance"))
            row = next(stream, None)
        while row is not None and row.instance_id == instance_id:
            count += 1
            seq += 1
            fault = fault or _fault(row, seq, previous)
            if fault is not None and not (bad and bad[-1].instance_id == instance_id):
                bad.append(BadRecord(instance_id, key, row.seq, fault))
            previous = row.hash
            row = next(stream, None)
        if fault is None and (seq != last_seq or previous != last_hash):
            bad.append(BadRecord(instance_id, key, last_seq, CUT))
    for head, packed in archive.instances(session, business_key):
        instances += 1
        count += len(packed)
        bad.extend(_packed_fault(head, packed))
    return Report(instances, count, bad)


def _packed_fault(head: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[BadRecord]:
    """The first bad record of an instance in the archive."""
    previous = GENESIS
    for number, values in enumerate(rows, start=1):
        row = Row(**values)
        fault = _fault(row, number, previous)
        if fault is not None:
            yield BadRecord(head["id"], head["business_key"], row.seq, fault)
            return
        previous = row.hash
    if (len(rows), previous) != (head["last_seq"], head["last_hash"]):
        yield BadRecord(head["id"], head["business_key"], head["last_seq"], CUT)


def _fault(row: Any, seq: int, previous: bytes) -> str | None:
    if row.seq != seq:
        return f"缺少第 {seq} 条 record {seq} is missing"
    if row.prev_hash != previous:
        return "与上一条不衔接 does not follow the record before it"
    if row.hash != digest(row):
        return "内容被改动 its content was changed"
    return None


def bad_lines(report: Report) -> Iterator[str]:
    """The report's findings as lines for people."""
    for record in report.bad:
        yield f"{record.business_key or '?'} instance {record.instance_id} record {record.seq}: {record.reason}"
