"""Supervising: an opinion, a date, three levels, and an end with the order at the latest."""

from processes.cases import views
from tests.bpmn.town import ADMIN, Town


def overdue(town: Town) -> str:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.wait(days=7, hours=1)
    return case_no


def test_a_supervised_case_shows_since_when_before_anybody_gave_an_opinion(town: Town) -> None:
    case_no = overdue(town)
    with town.engine.read() as session:
        (shown,) = views.case(session, town.engine, ADMIN, case_no)["supervision"]
    assert (shown["state"], shown["level"], shown["opened_by"], shown["opinion"]) == ("started", 1, "system", None)
    assert shown["opened_at"] == town.order(case_no).due_at
    town.do(case_no, "supervise")
    with town.engine.read() as session:
        (shown,) = views.case(session, town.engine, ADMIN, case_no)["supervision"]
    assert (shown["state"], shown["opinion_by"]) == ("open", "admin")


def test_a_good_answer_ends_the_supervising(town: Town) -> None:
    case_no = overdue(town)
    town.do(case_no, "supervise")
    assert town.told(case_no, "unit")[-1] == "supervise"
    town.ask(case_no, "supervision_reply", work_order=town.order(case_no).number, text="三日内修复")
    assert town.tasks(case_no) == ["handle", "verify_reply"]
    town.do(case_no, "verify_reply")
    assert dict(town.instances(case_no))["supervision"] == "督办办结"


def test_a_poor_answer_is_supervised_again(town: Town) -> None:
    case_no = overdue(town)
    for verdict in ("again", "ok"):
        town.do(case_no, "supervise")
        town.ask(case_no, "supervision_reply", work_order=town.order(case_no).number, text="正在办理")
        town.do(case_no, "verify_reply", verdict=verdict)
    assert dict(town.instances(case_no))["supervision"] == "督办办结"


def test_silence_climbs_three_levels_and_is_made_public(town: Town) -> None:
    case_no = overdue(town)
    for side in ("unit", "unit_leader", "centre"):
        town.do(case_no, "supervise")
        assert town.told(case_no, side)[-1] == "supervise"
        town.wait(days=3)
    assert "bulletin" in town.tasks(case_no)
    town.do(case_no, "bulletin")
    assert dict(town.instances(case_no))["supervision"] == "已通报"


def test_supervising_ends_with_its_order(town: Town) -> None:
    case_no = overdue(town)
    town.do(case_no, "supervise")
    town.do(case_no, "handle")
    town.do(case_no, "result_review")
    assert dict(town.instances(case_no))["supervision"] == "随案办结"
    assert town.tasks(case_no) == ["reply_citizen"]
