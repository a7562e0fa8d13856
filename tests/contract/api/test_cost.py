"""What a plain task's completion costs over HTTP, from the token to the answer, on the shipped diagrams."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from api.auth import known
from api.auth.known import Known
from api.product import Product
from tests.bench import statements, walk
from tests.bench.figures import Timing
from tests.contract.api.conftest import PASSWORD, Caller
from tests.fixtures.filling import answers

BUDGET = 8
"""Statements of a command on one instance (`engine.md`)."""
LOG_IN = 3
"""Statements to find out who a token is: the token, the account, its roles."""


@pytest.fixture
def admin(product: Product, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """The administrator, logged in, with two complaints that wait for their units; a slow machine forgets nobody meanwhile."""
    monkeypatch.setattr(known, "FRESH", timedelta(hours=1))
    caller = Caller(product.app.test_client())
    caller.token = caller.post("tokens", {"username": "admin", "password": PASSWORD}).json["token"]
    cases = walk.open_cases(product, 2, Timing([], []))
    for element in ("register", "review"):
        for item in walk.open_items(product, cases):
            if item.element_id == element:
                walk.complete(product, item, Timing([], []))
    for item in walk.open_items(product, cases)[:1]:
        _complete(caller, item.public_id)
    return caller


def _complete(caller: Caller, task_id: str) -> Any:
    task = caller.get(f"tasks/{task_id}").json
    return caller.post(f"tasks/{task_id}/complete", {"data": answers(task["form"]["components"], task["data"])})


def _acknowledge(product: Product, admin: Caller) -> statements.Transaction:
    """Acknowledge the order that still waits; what the one request for it sent."""
    task_id = next(one["id"] for one in admin.get("tasks?element_id=ack").json["items"])
    task = admin.get(f"tasks/{task_id}").json
    body = orjson.dumps({"data": answers(task["form"]["components"], task["data"])})
    with statements.recorded(product.database) as pieces:
        pieces.append(statements.Transaction())
        answer = admin.send("POST", f"tasks/{task_id}/complete", data=body, content_type="application/json")
    assert answer.json == {"id": task_id, "state": "done"}
    return pieces[0]


def test_a_plain_task_costs_eight_statements_and_one_commit_with_everything_around_it(product: Product, admin: Caller) -> None:
    sent = _acknowledge(product, admin)
    assert sent.count <= BUDGET, [text for text, _values, _many in sent.statements]
    assert sent.commits == 1


def test_a_token_that_nobody_remembers_is_looked_up_by_few_statements(
    product: Product, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Known, "get", lambda _known, _digest, look_up: look_up())
    sent = _acknowledge(product, admin)
    assert sent.count <= BUDGET + LOG_IN, [text for text, _values, _many in sent.statements]
