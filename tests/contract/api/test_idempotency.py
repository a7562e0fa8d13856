"""`Idempotency-Key` on creating calls."""

from concurrent.futures import ThreadPoolExecutor

from tests.contract.api.conftest import CASE, Desk

KEY = {"Idempotency-Key": "one-call"}


def test_a_repeated_call_creates_once_and_answers_the_same(desk: Desk) -> None:
    agent = desk["agent1"]
    first = agent.post("cases", CASE, headers=KEY)
    again = agent.post("cases", CASE, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert len(agent.get("cases").json["items"]) == 1


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    agent = desk["agent1"]
    agent.post("cases", CASE, headers=KEY)
    answer = agent.post("cases", {**CASE, "title": "别的事"}, headers=KEY)
    assert answer.status_code == 422
    assert answer.json["type"].endswith("idempotency-key-reused")


def test_a_key_belongs_to_its_caller(desk: Desk) -> None:
    first = desk["agent1"].post("cases", CASE, headers=KEY)
    other = desk["admin"].post("cases", CASE, headers=KEY)
    assert first.json["case_no"] != other.json["case_no"]


def test_a_refused_call_leaves_its_key_free(desk: Desk) -> None:
    agent = desk["agent1"]
    assert agent.post("cases", {**CASE, "category": "no_such"}, headers=KEY).status_code == 422
    assert agent.post("cases", CASE, headers=KEY).status_code == 201


def test_calls_at_the_same_time_create_once(desk: Desk) -> None:
    desk["agent1"].get("tasks")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: desk["agent1"].post("cases", CASE, headers=KEY), range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["case_no"] for answer in answers}) == 1
