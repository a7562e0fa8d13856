"""Outbound lists by the API (T17)."""

from datetime import timedelta
from typing import Any

import pytest

from engine import clock
from engine.cursors import encode
from tests.contract.api.conftest import Desk

NUMBERS = ["13900000001", "139 0000 0002", "029-85550101"]


def asked(**changes: Any) -> dict[str, Any]:
    """A list as a leader asks for it."""
    now = clock.real_now()
    window = {"opens_at": now.isoformat(), "closes_at": (now + timedelta(days=1)).isoformat()}
    return {"name": "冬季供暖回访", "numbers": NUMBERS, **window, **changes}


def test_a_list_is_made_paused_run_on_and_its_numbers_are_masked(desk: Desk) -> None:
    made = desk["team_leader1"].post("telephony/campaigns", asked())
    assert made.status_code == 201, made.text
    row = made.json["id"]
    assert (made.json["state"], made.json["results"], made.json["by"]) == ("running", {"waiting": 3}, "team_leader1")
    assert desk["team_leader1"].post(f"telephony/campaigns/{row}/pause").json["state"] == "paused"
    assert desk["team_leader1"].post(f"telephony/campaigns/{row}/run").json["state"] == "running"
    targets = desk["supervisor1"].get(f"telephony/campaigns/{row}/targets").json
    assert [each["number"] for each in targets["items"]] == ["139****0001", "139****0002", "029-****0101"]
    assert targets["next"] is None
    for cursor in ("x", "7", encode((2**63,))):
        assert desk["supervisor1"].get(f"telephony/campaigns/{row}/targets?cursor={cursor}").status_code == 400
    assert [each["id"] for each in desk["admin"].get("telephony/campaigns").json["items"]] == [row]


def test_the_same_number_twice_is_called_once_and_the_same_request_makes_one_list(desk: Desk) -> None:
    body, key = asked(numbers=["13900000001", "+86 139 0000 0001"]), {"Idempotency-Key": "winter-1"}
    first = desk["team_leader1"].post("telephony/campaigns", body, headers=key)
    again = desk["team_leader1"].post("telephony/campaigns", body, headers=key)
    assert first.json["results"] == {"waiting": 1}
    assert again.json == first.json
    assert len(desk["team_leader1"].get("telephony/campaigns").json["items"]) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"numbers": []}, "numbers"),
        ({"numbers": ["13900000001", "abc"]}, "numbers"),
        ({"closes_at": "2020-01-01T00:00:00+08:00"}, "closes_at"),
        ({"from_minute": 900, "to_minute": 800}, "from_minute"),
        ({"queue": "nowhere"}, "queue"),
        ({"most_tries": 0}, "most_tries"),
        ({"at_once": 1000}, "at_once"),
        ({"opens_at": "tomorrow"}, "opens_at"),
    ],
)
def test_what_is_wrong_is_named(desk: Desk, changes: dict[str, Any], field: str) -> None:
    answer = desk["team_leader1"].post("telephony/campaigns", asked(**changes))
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json["errors"]]


def test_lists_are_leaders_business(desk: Desk) -> None:
    assert desk["agent1"].post("telephony/campaigns", asked()).status_code == 403
    assert desk.stranger.get("telephony/campaigns").status_code == 401
    assert desk["supervisor1"].get("telephony/campaigns/999/targets").status_code == 404
    assert desk["supervisor1"].post("telephony/campaigns/999/pause").status_code == 404
    assert desk["supervisor1"].post("telephony/campaigns/999/explode").status_code == 404
