"""Pages that fail do so politely, with a reference, and say the reason in the log."""

import pytest
from flask import Flask

from api.product import Product
from tests.web.conftest import Admit
from tests.web.visitor import HTMX, Visitor


def test_an_address_that_is_none_gets_a_page_with_a_reference(admit: Admit) -> None:
    answer = admit("agent1").get("/no/such/page")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert answer.headers["X-Request-Id"] in answer.text
    assert "Traceback" not in answer.text


def test_the_api_still_answers_problems(stranger: Visitor) -> None:
    assert stranger.get("/api/v1/cases").mimetype == "application/problem+json"
    assert stranger.get("/api/v1/no/such").mimetype == "application/problem+json"


def test_a_bug_is_a_polite_page_and_a_line_in_the_log(
    admit: Admit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = admit("agent1")

    def broken(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("the reason nobody on the page may read")

    monkeypatch.setattr("api.web.inbox.http.services.tasks", broken)
    answer = agent.get("/inbox")
    assert answer.status_code == 500
    assert "the reason" not in answer.text
    reference = answer.headers["X-Request-Id"]
    assert reference in answer.text
    written = capsys.readouterr()
    assert "the reason nobody on the page may read" in written.out + written.err


def test_a_part_of_a_page_that_fails_is_told_above_it(admit: Admit, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = admit("agent1")

    def broken(*_arguments: object, **_options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("api.web.inbox.http.services.tasks", broken)
    answer = agent.get("/inbox", **HTMX)
    assert answer.status_code == 500
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "<html" not in answer.text


def test_a_part_of_a_page_whose_session_ended_goes_to_the_log_in(stranger: Visitor) -> None:
    answer = stranger.get("/inbox", **HTMX)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/login"


def test_every_page_is_guarded(sqlite_product: Product, stranger: Visitor) -> None:
    open_to_all = {"web.login.show", "web.public.ask", "web.icon", "web.static"}
    values = {"case_no": "TS1", "task_id": "1-1", "key": "urge", "number": 1, "batch_id": "1", "incident_id": "1", "group_key": "g"}
    values |= {"call_id": "c1", "name": "c1.r1", "campaign": "1", "version": "1", "elder": "1"}
    app: Flask = sqlite_product.app
    with app.test_request_context():
        pages = [
            app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments}, append_unknown=False)
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("web.") and rule.endpoint not in open_to_all and "GET" in (rule.methods or ())
        ]
    assert len(pages) > 10
    assert {path: stranger.get(path).status_code for path in pages} == dict.fromkeys(pages, 303)


def test_every_form_of_a_page_carries_the_token(admit: Admit) -> None:
    agent = admit("agent1")
    case_no, _code = agent.open_case()
    task_id = agent.tasks(case_no)[0]["id"]
    for path in ("/inbox", "/cases/new", f"/cases/{case_no}", f"/tasks/{task_id}", "/definitions", "/login", "/query"):
        page = agent.get(path).text
        for form in page.split('method="post"')[1:]:
            assert 'name="csrf_token"' in form.split("</form>")[0], path


def test_the_security_headers_stand_on_pages_and_built_files_are_kept_for_good(admit: Admit) -> None:
    page = admit("agent1").get("/inbox")
    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    script = next(part.split('"')[0] for part in page.text.split('src="')[1:])
    assert "immutable" in admit("agent1").get(script).headers["Cache-Control"]


def test_the_pages_work_before_anything_is_built(admit: Admit, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = admit("agent1")
    monkeypatch.setitem(agent.product.app.jinja_env.globals, "island", lambda _name: None)
    assert agent.get("/inbox").status_code == 200
