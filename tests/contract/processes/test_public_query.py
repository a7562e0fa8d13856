"""The citizen asks after the case by number and code (P02), on both databases."""

from datetime import timedelta

import pytest

from engine import clock as engine_clock
from engine.errors import NotFound, TooManyAttempts
from processes.casefile import links
from processes.cases.public import WrongCode, progress
from processes.cases.services import OpenedCase
from tests.contract.processes.conftest import AGENT, URBAN, WATER, Hotline
from tests.fixtures.clocks import Clock


def wrong(opened: OpenedCase) -> str:
    """A code that is not the case's."""
    return "000000" if opened.query_code != "000000" else "111111"


def handled(hotline: Hotline) -> OpenedCase:
    """A complaint that both units have answered and the citizen was told."""
    opened = hotline.open()
    hotline.complete(opened.case_no, "register", AGENT)
    for unit in (WATER, URBAN):
        hotline.complete(opened.case_no, "ack", unit, contact_person="赵工")
        hotline.complete(opened.case_no, "handle", unit, reply="已修好")
    hotline.complete(opened.case_no, "reply_citizen", AGENT, reached=True, content="水已恢复，赵工 13912345678")
    return opened


def test_the_steps_are_told_without_names(hotline: Hotline) -> None:
    opened = handled(hotline)
    told = progress(hotline.engine, opened.case_no, opened.query_code)
    assert (told["case_no"], told["status"], told["age"]) == (opened.case_no, "closed", "green")
    texts = [step["text"] for step in told["steps"]]
    assert (texts[0], texts[-1], len(texts)) == ("已受理 Accepted", "已结案：办结 Closed", 9)
    assert f"承办单位已办理（{hotline.order(opened.case_no)}） Handled by the unit" in texts
    assert told["answer"] == "水已恢复，赵工 139****678"
    assert not any(name in " ".join(texts) for name in ("王小明", "赵工", "agent1", "unit_water"))


def test_before_the_first_dispatch_there_is_no_age_and_no_answer(sqlite_hotline: Hotline) -> None:
    opened = sqlite_hotline.open()
    told = progress(sqlite_hotline.engine, opened.case_no, f" {opened.query_code} ")
    assert (told["status"], told["age"], "answer" in told, len(told["steps"])) == ("open", None, False, 1)


def test_five_wrong_codes_lock_the_case_for_a_quarter_of_an_hour_of_real_time(
    hotline: Hotline, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = hotline.open()
    for _ in range(5):
        with pytest.raises(WrongCode):
            progress(hotline.engine, opened.case_no, wrong(opened))
    with pytest.raises(TooManyAttempts):
        progress(hotline.engine, opened.case_no, opened.query_code)
    clock.advance(hours=1)
    with pytest.raises(TooManyAttempts):
        progress(hotline.engine, opened.case_no, opened.query_code)
    real = engine_clock.real_now()
    monkeypatch.setattr(engine_clock, "real_now", lambda: real + timedelta(minutes=16))
    assert progress(hotline.engine, opened.case_no, opened.query_code)["case_no"] == opened.case_no


def test_the_right_code_forgives_the_wrong_ones_before(sqlite_hotline: Hotline) -> None:
    opened = sqlite_hotline.open()
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(WrongCode):
                progress(sqlite_hotline.engine, opened.case_no, wrong(opened))
        progress(sqlite_hotline.engine, opened.case_no, opened.query_code)


def test_another_cases_code_does_not_open_this_one(sqlite_hotline: Hotline) -> None:
    one, other = sqlite_hotline.open(), sqlite_hotline.open()
    if one.query_code != other.query_code:
        with pytest.raises(WrongCode):
            progress(sqlite_hotline.engine, one.case_no, other.query_code)


def test_an_unknown_number_is_not_found(sqlite_hotline: Hotline) -> None:
    with pytest.raises(NotFound):
        progress(sqlite_hotline.engine, "TS20260302ZZZZZZZZ", "123456")


def test_a_merged_case_gets_the_masters_answer(sqlite_hotline: Hotline) -> None:
    master = handled(sqlite_hotline)
    second = sqlite_hotline.open("petition")
    sqlite_hotline.engine.transact(
        AGENT, lambda work: links.join(work.session, second.case_no, master.case_no, "merge", work.now, "agent1")
    )
    assert progress(sqlite_hotline.engine, second.case_no, second.query_code)["answer"].startswith("水已恢复")
