"""Correcting a record (C29): who may, why, until when; what stood there before is kept."""

import pytest
from sqlalchemy import select, update

from engine.actor import Actor
from engine.errors import Forbidden, Invalid
from engine.seen import ChangedMeanwhile
from processes.casefile.guards import NoSuchCase
from processes.casefile.models import Case, CaseEntry
from processes.cases.corrections import CORRECTABLE, RecordLocked, correct, looked_at
from processes.registry.audit.models import AuditEntry
from tests.contract.processes.conftest import AGENT, URBAN, Hotline
from tests.fixtures.clocks import Clock

REVIEWER = Actor("reviewer1", frozenset({"reviewer"}))


def corrected(hotline: Hotline, case_no: str, *, by: Actor = AGENT, reason: str = "来电人更正", **changes: str) -> list[str]:
    """Correct a record; answers the fields that changed."""
    return hotline.engine.transact(by, lambda work: correct(work, case_no, changes, reason))


def kept(hotline: Hotline) -> list[tuple[str | None, str | None, str | None, str]]:
    """Field, old text, reason and who, of every correction."""
    with hotline.engine.read() as session:
        found = session.scalars(select(CaseEntry).where(CaseEntry.kind == "correction").order_by(CaseEntry.id))
        return [(one.label, one.text, one.reason, one.by) for one in found]


def test_the_old_texts_stay_with_who_and_why(hotline: Hotline) -> None:
    case_no = hotline.open(address="人民路 1 号").case_no
    assert corrected(hotline, case_no, title="小区停水两天", address="人民路 11 号", content="从早上起没有水") == ["address", "title"]
    view = hotline.view(case_no)
    assert (view["title"], view["address"]) == ("小区停水两天", "人民路 11 号")
    assert sorted(kept(hotline)) == [
        ("address", "人民路 1 号", "来电人更正", "agent1"),
        ("title", "小区停水", "来电人更正", "agent1"),
    ]
    assert [(one["label"], one["text"], one["reason"]) for one in view["entries"] if one["label"] == "title"] == [
        ("title", "小区停水", "来电人更正")
    ]
    with hotline.engine.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "case.corrected"))
    assert (entry.actor, entry.object, entry.detail) == ("agent1", case_no, {"fields": ["address", "title"]})


def test_a_corrected_address_is_found_as_a_duplicate_again(sqlite_hotline: Hotline) -> None:
    first, second = (sqlite_hotline.open("petition", address=f"人民路 {number} 号").case_no for number in (1, 2))
    corrected(sqlite_hotline, second, address="人民路 1 号")
    with sqlite_hotline.engine.read() as session:
        indexes = {session.get_one(Case, number).address_index for number in (first, second)}
    assert len(indexes) == 1


def test_an_empty_text_may_be_cleared_but_not_the_title(sqlite_hotline: Hotline) -> None:
    case_no = sqlite_hotline.open("petition", address="人民路 1 号").case_no
    assert corrected(sqlite_hotline, case_no, address=" ") == ["address"]
    with pytest.raises(Invalid) as refused:
        corrected(sqlite_hotline, case_no, title=" ")
    assert set(refused.value.errors) == {"title"}


@pytest.mark.parametrize(
    ("changes", "reason", "wrong"),
    [
        ({"title": "新标题"}, " ", {"reason"}),
        ({"title": "新标题"}, "太" * 201, {"reason"}),
        ({"title": "长" * 201}, "更正", {"title"}),
        ({"status": "closed"}, "更正", {"status"}),
        ({"title": "小区停水"}, "更正", {"changes"}),
        ({}, "更正", {"changes"}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changes(sqlite_hotline: Hotline, changes: dict[str, str], reason: str, wrong: set[str]) -> None:
    case_no = sqlite_hotline.open("petition").case_no
    with pytest.raises(Invalid) as refused:
        sqlite_hotline.engine.transact(AGENT, lambda work: correct(work, case_no, changes, reason))
    assert set(refused.value.errors) == wrong
    assert kept(sqlite_hotline) == []


@pytest.mark.parametrize("who", [REVIEWER, URBAN], ids=lambda who: who.id)
def test_only_who_takes_calls_may_correct(sqlite_hotline: Hotline, who: Actor) -> None:
    case_no = sqlite_hotline.open("petition").case_no
    with pytest.raises(Forbidden):
        corrected(sqlite_hotline, case_no, by=who, title="新标题")


def test_seven_days_after_the_closing_the_record_is_locked(sqlite_hotline: Hotline, clock: Clock) -> None:
    case_no = sqlite_hotline.open("petition").case_no
    with sqlite_hotline.database.begin() as connection:
        connection.execute(update(Case).where(Case.case_no == case_no).values(status="closed", closed_at=clock.now))
    clock.advance(days=7)
    assert corrected(sqlite_hotline, case_no, title="第七天") == ["title"]
    clock.advance(seconds=1)
    with pytest.raises(RecordLocked):
        corrected(sqlite_hotline, case_no, title="第八天")


def test_an_unknown_case_is_not_found(sqlite_hotline: Hotline) -> None:
    with pytest.raises(NoSuchCase):
        corrected(sqlite_hotline, "TS0", title="新标题")


def test_who_did_not_see_what_another_wrote_does_not_undo_it(hotline: Hotline) -> None:
    case_no = hotline.open(address="人民路 1 号").case_no
    before = {**hotline.view(case_no)}
    looked = looked_at(before)
    corrected(hotline, case_no, title="小区停水两天")
    stale = {key: before[key] or "" for key in CORRECTABLE} | {"address": "人民路 11 号"}
    with pytest.raises(ChangedMeanwhile):
        hotline.engine.transact(AGENT, lambda work: correct(work, case_no, stale, "来电人更正", looked))
    assert (hotline.view(case_no)["title"], hotline.view(case_no)["address"]) == ("小区停水两天", "人民路 1 号")
    again = looked_at(hotline.view(case_no))
    changes = {**stale, "title": "小区停水两天"}
    assert hotline.engine.transact(AGENT, lambda work: correct(work, case_no, changes, "来电人更正", again)) == ["address"]
