"""The blacklist, outbound lists and the plan by the API: what administrators do with them beside making them (T17, T27, T29)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import clock
from processes.registry.audit import services as audit
from telephony.calls.values import Call
from telephony.campaigns import services as campaigns
from telephony.campaigns.models import CALLING, Target
from tests.contract.api.conftest import Desk
from tests.contract.api.telephony.rows import NUMBER, Rows

BLOCKED = {"number": NUMBER, "reason": "骚扰", "days": 7}


def _audited(desk: Desk, subject: str) -> list[tuple[str, str]]:
    with desk.product.engine.read() as session:
        return [(entry.actor, entry.action) for entry in audit.entries(session, subject=subject)]


def _campaign(desk: Desk) -> str:
    now = clock.real_now()
    window = {"opens_at": now.isoformat(), "closes_at": (now + timedelta(days=1)).isoformat()}
    numbers = ["13900000001", "13900000002", "13900000003"]
    made = desk["team_leader1"].post("telephony/campaigns", {"name": "冬季供暖回访", "numbers": numbers, **window})
    row: str = made.json["id"]
    return row


@pytest.mark.parametrize("number", ["", "abc", "12", "+", "1390000111a", "１２"])
def test_what_is_no_number_is_not_blocked(desk: Desk, number: str) -> None:
    answer = desk["team_leader1"].post("telephony/blacklist", {**BLOCKED, "number": number})
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (422, ["number"])


def test_a_blocked_number_is_found_and_every_step_is_on_record(desk: Desk) -> None:
    row = desk["team_leader1"].post("telephony/blacklist", BLOCKED).json["id"]
    desk["team_leader1"].post("telephony/blacklist", {**BLOCKED, "number": "95001"})
    (found,) = desk["admin"].get("telephony/blacklist?number=%2B86%20139%200000%201111").json["items"]
    assert (found["id"], found["lifted_by"]) == (row, None)
    desk["shift_leader1"].post(f"telephony/blacklist/{row}/approve")
    lifted = desk["admin"].post(f"telephony/blacklist/{row}/lift")
    assert (lifted.json["state"], lifted.json["lifted_by"]) == ("over", "admin")
    again = desk["shift_leader1"].post(f"telephony/blacklist/{row}/lift").json
    assert (again["lifted_by"], again["expires_at"]) == ("admin", lifted.json["expires_at"])
    assert _audited(desk, f"blocked:{row}") == [
        ("admin", "blacklist.lifted"),
        ("shift_leader1", "blacklist.approved"),
        ("team_leader1", "blacklist.asked"),
    ]


def test_a_list_is_ended_and_nobody_waits_on_it_any_more(desk: Desk) -> None:
    row = _campaign(desk)
    ended = desk["supervisor1"].post(f"telephony/campaigns/{row}/end")
    assert (ended.json["state"], ended.json["results"]) == ("over", {"failed": 3})
    assert desk["supervisor1"].post(f"telephony/campaigns/{row}/end").status_code == 409
    assert desk["supervisor1"].post(f"telephony/campaigns/{row}/run").status_code == 409
    assert desk["agent1"].post(f"telephony/campaigns/{row}/end").status_code == 403
    assert _audited(desk, f"campaign:{row}") == [("supervisor1", "campaign.ended"), ("team_leader1", "campaign.created")]


def test_a_call_under_way_when_its_list_ends_is_not_waited_for_for_ever(desk: Desk, rows: Rows) -> None:
    row = _campaign(desk)

    def begin(session: Any) -> int:
        target = session.scalars(select(Target).where(Target.campaign_id == int(row)).limit(1)).one()
        target.state, target.tries = CALLING, 1
        return int(target.id)

    target = rows.write(begin)
    assert desk["supervisor1"].post(f"telephony/campaigns/{row}/end").json["results"] == {"calling": 1, "failed": 2}
    call = replace(Call("c0000000000000001", "outbound", 0), outcome="failed", facts={"target": target, "reason": "busy"})
    rows.write(lambda session: campaigns.finished(session, call, clock.now()))
    with desk.product.engine.read() as session:
        (progress,) = campaigns.progress(session, [int(row)]).values()
    assert (progress.total, progress.called, progress.failed, progress.left) == (3, 1, 3, 0)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"])
def test_a_year_that_makes_no_sense_is_named(desk: Desk, moment: str) -> None:
    body = {"name": "x", "numbers": ["13900000001"], "opens_at": moment, "closes_at": moment}
    answer = desk["team_leader1"].post("telephony/campaigns", body)
    assert answer.status_code == 422
    assert "opens_at" in [error["field"] for error in answer.json["errors"]]


def test_each_version_of_the_plan_says_who_made_it_and_why(desk: Desk) -> None:
    admin, plan = desk["admin"], desk["admin"].get("telephony/plan").json["plan"]
    assert admin.get("telephony/plan/versions").json["items"] == [{"version": 0, "by": "", "at": None, "note": ""}]
    plan["queues"]["general"]["ring_seconds"] = 20
    assert admin.send("PUT", "telephony/plan?note=振铃改为20秒&seen=0", json=plan).json == {"version": 1}
    versions = desk["shift_leader1"].get("telephony/plan/versions").json["items"]
    assert [(one["version"], one["by"], one["note"]) for one in versions] == [(1, "admin", "振铃改为20秒"), (0, "", "")]
    assert "ring_seconds" not in admin.get("telephony/plan/versions/0").json["plan"]["queues"]["general"]
    assert admin.get("telephony/plan/versions/1").json["plan"] == plan
    for unknown in ("2", "x", "9" * 18, "9" * 40):
        assert admin.get(f"telephony/plan/versions/{unknown}").status_code == 404
    assert desk["agent1"].get("telephony/plan/versions").status_code == 403


def test_a_plan_made_out_of_an_older_one_does_not_undo_what_came_since(desk: Desk) -> None:
    admin, plan = desk["admin"], desk["admin"].get("telephony/plan").json["plan"]
    assert admin.send("PUT", "telephony/plan?seen=0", json=plan).status_code == 200
    late = admin.send("PUT", "telephony/plan?seen=0", json=plan)
    assert (late.status_code, late.json["type"], late.json["version"]) == (409, "urn:bihuan:problem:plan-overtaken", 1)
    assert admin.send("PUT", f"telephony/plan?note={'x' * 201}", json=plan).status_code == 422
    assert admin.send("PUT", "telephony/plan?seen=x", json=plan).status_code == 422
    assert admin.get("telephony/plan").json["version"] == 1
