"""A repeat of a webhook changes nothing and is answered the same (E08)."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from connectors.oa.models import ReceivedWebhook
from connectors.oa.received import Answer, answer_once
from engine.actor import Actor
from engine.errors import BihuanError, Conflict, NotFound, StepFailed
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.runtime.work import Work

WATER = Actor("unit:water")


def problem(error: BihuanError) -> Answer:
    return Answer(404 if isinstance(error, NotFound) else 409, {"detail": error.message})


class Department:
    """Counts how often its callbacks really were applied."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.applied = 0

    def call(self, webhook_id: str, apply: Callable[[Work], dict[str, Any]] | None = None, unit: str = "water") -> Answer:
        return answer_once(self.engine, WATER, unit, webhook_id, apply or self._accept, problem)

    def _accept(self, work: Work) -> dict[str, Any]:
        self.applied += 1
        return {"applied": self.applied}

    def refuse(self, work: Work) -> dict[str, Any]:
        self.applied += 1
        work.session.add(ReceivedWebhook(unit="x", webhook_id="half done", status=0, answer={}, received_at=work.now))
        raise Conflict("现在不能这样做。 Not possible now.")

    def fail(self, work: Work) -> dict[str, Any]:
        self.applied += 1
        raise StepFailed


@pytest.fixture
def department(sessions: sessionmaker[Session]) -> Department:
    return Department(Engine(sessions, Registry()))


def test_a_repeat_changes_nothing_and_answers_the_same(department: Department) -> None:
    first = department.call("msg_1")
    assert first == Answer(200, {"applied": 1})
    assert department.call("msg_1") == first
    assert department.applied == 1


def test_another_id_or_another_unit_counts_anew(department: Department) -> None:
    department.call("msg_1")
    department.call("msg_2")
    department.call("msg_1", unit="housing")
    assert department.applied == 3


def test_a_refusal_is_remembered_and_leaves_nothing_else(department: Department, session: Session) -> None:
    first = department.call("msg_1", department.refuse)
    assert first == Answer(409, {"detail": "现在不能这样做。 Not possible now."})
    assert department.call("msg_1") == first
    assert department.applied == 1
    assert [row.webhook_id for row in session.scalars(select(ReceivedWebhook))] == ["msg_1"]


def test_a_failure_of_ours_is_not_remembered(department: Department) -> None:
    with pytest.raises(StepFailed):
        department.call("msg_1", department.fail)
    assert department.call("msg_1") == Answer(200, {"applied": 2})
