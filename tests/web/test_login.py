"""Logging in and out."""

from urllib.parse import urlencode

import pytest

from api.web import strangers
from tests.web.conftest import Admit
from tests.web.visitor import Visitor, shown_token


def test_the_start_leads_a_stranger_to_the_log_in_and_back(stranger: Visitor) -> None:
    first = stranger.get("/cases?status=open")
    assert first.status_code == 303
    assert first.location == "/login?next=%2Fcases%3Fstatus%3Dopen"
    stranger.get(first.location)
    assert stranger.post("/login", username="agent1", password="demo", next="/cases?status=open").location == "/cases?status=open"
    assert stranger.get("/").location == "/inbox"


def test_a_wrong_password_is_said_so_and_the_name_kept(stranger: Visitor) -> None:
    answer = stranger.log_in("agent1", "wrong")
    assert answer.status_code == 401
    assert 'value="agent1"' in answer.text
    assert 'role="alert"' in answer.text
    assert stranger.get("/inbox").status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.com/", "//example.com", "/\\example.com", "javascript:alert(1)", "/\t/example.com", "/a\nb", "/a\rb", "//[", "inbox"],
)
def test_the_log_in_never_sends_anybody_to_another_site(stranger: Visitor, elsewhere: str) -> None:
    stranger.get("/login")
    assert stranger.post("/login", username="agent1", password="demo", next=elsewhere).location == "/inbox"
    # and who is logged in already
    assert stranger.get(f"/login?{urlencode({'next': elsewhere})}").location == "/inbox"


@pytest.mark.parametrize("back", ["/inbox\nX: y", "//[", "/inbox?q=%00", "https://example.com/inbox"])
def test_nor_does_a_task_that_was_claimed(admit: Admit, back: str) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    agent.get("/inbox")
    assert agent.post(f"/tasks/{task_id}/claim", back=back).location == f"/tasks/{task_id}?done=claimed"
    assert agent.post(f"/tasks/{task_id}/release", back=back, htmx=True).status_code == 200


def test_a_form_that_another_site_sends_is_refused(stranger: Visitor, admit: Admit) -> None:
    assert stranger.client.post("/login", data={"username": "agent1", "password": "demo"}).status_code == 403
    agent = admit("agent1")
    assert agent.client.post("/logout", data={}).status_code == 403
    assert agent.client.post("/cases/new", data={"csrf_token": "made up"}).status_code == 403


def test_who_logs_in_from_a_page_that_is_out_of_date_types_the_password_again(stranger: Visitor) -> None:
    stranger.get("/login?lang=en")
    stranger.client.delete_cookie(strangers.COOKIE)
    again = stranger.post("/login", username="agent1", password="demo", next="/cases")
    assert again.status_code == 403
    assert "out of date" in again.text
    assert 'value="agent1"' in again.text
    answer = stranger.post("/login", username="agent1", password="demo", next="/cases", csrf_token=shown_token(again))
    assert answer.location == "/cases"


def test_logging_out_ends_the_session(admit: Admit) -> None:
    agent = admit("agent1")
    agent.get("/inbox")
    assert agent.post("/logout").location == "/login?done=left"
    assert agent.get("/inbox").status_code == 303


def test_the_language_is_chosen_by_address_and_remembered(stranger: Visitor) -> None:
    assert '<html lang="zh-CN"' in stranger.get("/login").text
    assert "Log in" in stranger.get("/login?lang=en").text
    assert '<html lang="en"' in stranger.get("/login").text
    assert '<html lang="zh-CN"' in stranger.get("/login?lang=zh-CN").text
