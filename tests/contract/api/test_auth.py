"""Log-in, sessions and CSRF tokens."""

from datetime import timedelta

import pytest
from flask import Response

from api.auth import guard, tokens
from api.auth.models import AccessToken
from engine import clock
from engine.actor import SYSTEM
from engine.runtime.work import Work
from tests.contract.api.conftest import CASE, Caller, Desk


def test_a_token_is_told_once_and_kept_only_as_a_digest(desk: Desk) -> None:
    answer = desk.stranger.post("tokens", {"username": "agent1", "password": "demo"})
    token = answer.json["token"]
    with desk.product.engine.read() as session:
        kept = session.get(AccessToken, tokens.digest(token))
    assert answer.status_code == 201
    assert kept is not None
    assert kept.username == "agent1"
    assert token.encode() not in kept.digest
    assert answer.json["expires_at"] == kept.expires_at.isoformat()


def test_a_wrong_password_and_an_unknown_name_sound_the_same(desk: Desk) -> None:
    wrong = desk.stranger.post("tokens", {"username": "agent1", "password": "guess"})
    nobody = desk.stranger.post("tokens", {"username": "nobody", "password": "guess"})
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json["detail"] == nobody.json["detail"]


def test_five_wrong_passwords_lock_the_name(desk: Desk) -> None:
    for _ in range(5):
        desk.stranger.post("tokens", {"username": "exec1", "password": "guess"})
    assert desk.stranger.post("tokens", {"username": "exec1", "password": "demo"}).status_code == 429


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer", "Basic YTpi", ""])
def test_a_wrong_token_is_nobody(desk: Desk, header: str) -> None:
    assert desk.stranger.get("tasks", headers={"Authorization": header}).status_code == 401


def test_a_token_ends_when_its_owner_logs_out(desk: Desk) -> None:
    token = desk.stranger.post("tokens", {"username": "agent1", "password": "demo"}).json["token"]
    caller = Caller(desk.product.app.test_client(), token)
    assert caller.get("tasks").status_code == 200
    assert caller.send("DELETE", "tokens").status_code == 204
    assert caller.get("tasks").status_code == 401


def test_a_token_expires_by_real_time_and_not_by_the_test_clock(desk: Desk) -> None:
    agent = desk["agent1"]
    desk["admin"].post("clock/advance", {"duration": "P30D"})
    assert agent.get("tasks").status_code == 200

    def age(work: Work) -> None:
        work.session.get_one(AccessToken, tokens.digest(agent.token or "")).expires_at = clock.real_now() - timedelta(seconds=1)

    desk.product.engine.transact(SYSTEM, age)
    desk.product.known.forget(tokens.digest(agent.token or ""))
    assert agent.get("tasks").status_code == 401


class Browser:
    """A browser with a session cookie."""

    def __init__(self, desk: Desk, username: str) -> None:
        self.client = desk.product.app.test_client()
        with desk.product.app.test_request_context():
            cookie = guard.open_session(Response(), username).headers["Set-Cookie"]
        self.flags = cookie
        self.token = cookie.partition("=")[2].partition(";")[0]
        self.client.set_cookie(guard.COOKIE, self.token)
        with desk.product.app.test_request_context(headers={"Cookie": f"{guard.COOKIE}={self.token}"}):
            self.csrf = guard.csrf_token()


def test_a_browser_needs_the_csrf_token_to_change_something(desk: Desk) -> None:
    browser = Browser(desk, "agent1")
    assert browser.client.get("/api/v1/tasks").status_code == 200
    refused = browser.client.post("/api/v1/cases", json=CASE)
    assert refused.status_code == 403
    assert "bad-csrf-token" in refused.text
    assert browser.client.post("/api/v1/cases", json=CASE, headers={"X-CSRF-Token": browser.csrf}).status_code == 201


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Desk) -> None:
    flags = Browser(desk, "agent1").flags
    assert "HttpOnly" in flags
    assert "SameSite=Lax" in flags


def test_a_session_cookie_is_no_bearer_token_of_another_kind(desk: Desk) -> None:
    token = desk["agent1"].token or ""
    client = desk.product.app.test_client()
    client.set_cookie(guard.COOKIE, token)
    assert client.get("/api/v1/tasks").status_code == 401
