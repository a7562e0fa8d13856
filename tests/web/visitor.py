"""Somebody who uses the pages: follows links, fills forms, without a browser and its scripts."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.product import Product
from forms.moments import to_input
from tests.fixtures.filling import answers

HTMX = {"HX-Request": "true"}


class _Tokens(HTMLParser):
    """Finds the hidden fields of a page, the last of each name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a hidden input."""
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.found[given.get("name") or ""] = given.get("value") or ""


def shown_token(answer: TestResponse) -> str:
    """The token in the forms of a page that was the answer to another form."""
    return _hidden(answer)["csrf_token"]


def _hidden(answer: TestResponse) -> dict[str, str]:
    tokens = _Tokens()
    tokens.feed(answer.text)
    return tokens.found


class Visitor:
    """One person's browser without a screen."""

    def __init__(self, product: Product, username: str | None = None) -> None:
        self.product = product
        self.client: FlaskClient = product.app.test_client()
        self._hidden: dict[str, str] = {}
        if username is not None:
            self.log_in(username)

    def log_in(self, username: str, password: str = "demo") -> TestResponse:
        """Fill in the log-in form."""
        self.get("/login")
        return self.post("/login", username=username, password=password)

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page and remember the tokens in its forms."""
        answer = self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}, buffered=True)
        if answer.mimetype == "text/html" and answer.status_code // 100 != 3:
            self._hidden = _hidden(answer)
        return answer

    def post(self, path: str, form: Mapping[str, Any] | None = None, /, *, htmx: bool = False, **fields: Any) -> TestResponse:
        """Send a form with the tokens of the page that was opened before."""
        tokens = {name: self._hidden[name] for name in ("csrf_token", "once") if name in self._hidden}
        return self.client.post(path, data={**tokens, **(form or {}), **fields}, headers=HTMX if htmx else {})

    def claim(self, task_id: str) -> TestResponse:
        """Take a task."""
        self.get(f"/tasks/{task_id}")
        return self.post(f"/tasks/{task_id}/claim")

    def complete(self, task_id: str, **chosen: Any) -> TestResponse:
        """Claim a task, fill in its form in the ordinary way with some answers of one's own, and send it."""
        self.claim(task_id)
        task = self.task(task_id)
        components = task["form"]["components"]
        filled = {**task["data"], **answers(components, task["data"], **chosen)}
        return self.post(f"/tasks/{task_id}", as_typed(components, filled))

    def task(self, task_id: str) -> dict[str, Any]:
        """What the API says about a task, asked for with the session's cookie."""
        found: dict[str, Any] = self.client.get(f"/api/v1/tasks/{task_id}").get_json()
        return found

    def tasks(self, case_no: str) -> list[dict[str, Any]]:
        """The open tasks of a case."""
        found: list[dict[str, Any]] = self.client.get(f"/api/v1/cases/{case_no}").get_json()["tasks"]
        return found

    def open_case(self, **changed: str) -> tuple[str, str]:
        """Register a complaint; answers its number and its query code."""
        self.get("/cases/new")
        answer = self.post("/cases/new", {**COMPLAINT, **changed})
        assert answer.status_code == 201, answer.text
        numbers = [part.split("<", 1)[0] for part in answer.text.split('class="big-number">')[1:]]
        return numbers[0], numbers[1]


COMPLAINT = {
    "category": "complaint",
    "channel": "phone",
    "who": "named",
    "name": "王小明",
    "phone": "13800138000",
    "title": "人民路路灯不亮",
    "content": "人民路与建设路路口的路灯已经三天不亮，夜间行人不安全，要求尽快修复。",
    "area": "",
    "address": "人民路 12 号",
}


def as_typed(components: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as a browser's form sends them: ticks by their presence, moments in local time, nothing for what is empty."""
    typed = {}
    for component in components:
        value = given.get(component["key"])
        if component["type"] == "datetime":
            value = to_input(value, day=component.get("subtype") == "date")
        if value not in (None, "", [], False):
            typed[component["key"]] = "true" if value is True else value
    return typed
