"""The citizen asks after the case by number and code (P02), on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from engine import clock as engine_clock
from engine.errors import NotFound, TooManyAttempts
from processes.casefile import links
from processes.casefile.models import Case
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


def merged(hotline: Hotline, case: OpenedCase, into: OpenedCase) -> None:
    """Merge a case and end it, as its diagram does."""
    hotline.engine.transact(AGENT, lambda work: links.join(work.session, case.case_no, into.case_no, "merge", work.now, "agent1"))
    with hotline.database.begin() as connection:
        connection.execute(update(Case).where(Case.case_no == case.case_no).values(status="closed", outcome="并案"))


def test_a_merged_case_tells_the_way_of_its_master_without_the_masters_numbers(sqlite_hotline: Hotline, clock: Clock) -> None:
    master, second = sqlite_hotline.open(), sqlite_hotline.open("petition")
    clock.advance(minutes=5)
    merged(sqlite_hotline, second, master)
    told = progress(sqlite_hotline.engine, second.case_no, second.query_code)
    assert (told["status"], told["outcome"], told["merged"], told["matter"], told["age"]) == ("closed", "并案", True, "open", None)
    assert [step["text"].split()[0] for step in told["steps"]] == ["已受理", "已与同一事项并案办理，结果一并告知您"]
    clock.advance(minutes=5)
    sqlite_hotline.complete(master.case_no, "register", AGENT)
    for unit in (WATER, URBAN):
        sqlite_hotline.complete(master.case_no, "ack", unit, contact_person="赵工")
        sqlite_hotline.complete(master.case_no, "handle", unit, reply="已修好")
    sqlite_hotline.complete(master.case_no, "reply_citizen", AGENT, reached=True, content="水已恢复")
    told = progress(sqlite_hotline.engine, second.case_no, second.query_code)
    texts = [step["text"] for step in told["steps"]]
    assert (told["matter"], told["answer"], told["age"]) == ("closed", "水已恢复", "green")
    assert (texts[-2], texts[-1]) == ("已答复 The matter was answered", "已结案：办结 Closed")
    assert "已转承办单位办理 Passed on to the unit in charge" in texts
    assert master.case_no not in " ".join(texts)


def test_a_withdrawn_case_says_so(sqlite_hotline: Hotline, clock: Clock) -> None:
    opened = sqlite_hotline.open("petition")
    with sqlite_hotline.database.begin() as connection:
        row = {"status": "closed", "outcome": "撤回", "closed_at": clock.now}
        connection.execute(update(Case).where(Case.case_no == opened.case_no).values(**row))
    told = progress(sqlite_hotline.engine, opened.case_no, opened.query_code)
    assert (told["outcome"], told["steps"][-1]["text"]) == ("撤回", "已按您的要求撤回 Withdrawn as you wished")
