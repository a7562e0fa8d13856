"""What an operator sees: whether it serves, its figures, its log lines."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from structlog.testing import LogCapture

from api import readiness
from api.demo.models import DemoLoad
from api.health import sizes
from api.health.sizes import Rows, Sizes
from engine import clock
from engine.actor import SYSTEM
from engine.outbox.models import Incident
from engine.timers.models import FAILED, WAITING, Timer
from tests.contract.api.conftest import Desk


def serves(desk: Desk) -> None:
    """Have the demo city stand, the last thing that is missing on a small product."""
    with desk.product.sessions.begin() as session:
        now = clock.now()
        session.add(DemoLoad(id=1, seed=1, cases=0, begins_at=now, ends_at=now, finished_at=now))


def add_timer(desk: Desk, minutes_ago: float, state: str = WAITING) -> None:
    due = clock.now() - timedelta(minutes=minutes_ago)
    with desk.product.sessions.begin() as session:
        session.add(Timer(instance_id=7, task_id=1, element_id="watch", business_key="", due_at=due, state=state))


def test_it_is_ready_when_nothing_is_missing(desk: Desk) -> None:
    assert "demo city" in desk.stranger.get("/readyz").json["detail"]
    serves(desk)
    assert desk.stranger.get("/readyz").json == {"status": "ready"}


def test_it_is_not_ready_on_tables_of_another_version(desk: Desk) -> None:
    serves(desk)
    with desk.product.sessions.begin() as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
    answer = desk.stranger.get("/readyz")
    assert (answer.status_code, answer.json["detail"]) == (503, readiness.OLD_TABLES)


def test_it_is_not_ready_while_the_timers_are_far_behind_and_says_by_how_much(desk: Desk) -> None:
    serves(desk)
    add_timer(desk, 10)
    answer = desk.stranger.get("/readyz")
    assert answer.status_code == 503
    assert "600 秒" in answer.json["detail"]
    assert desk.stranger.get("/healthz").status_code == 200


def test_a_timer_that_was_set_aside_keeps_nobody_from_serving(desk: Desk) -> None:
    serves(desk)
    add_timer(desk, 10, FAILED)
    assert desk.stranger.get("/readyz").status_code == 200


def test_a_database_that_hangs_is_told_in_bounded_time_and_asked_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    serves(desk)
    monkeypatch.setattr(readiness, "PATIENCE", 0.1)
    hanging, looks = threading.Event(), []

    @contextmanager
    def read() -> Iterator[Session]:
        looks.append(1)
        hanging.wait(20)
        with desk.product.sessions() as session:
            yield session

    monkeypatch.setattr(desk.product.engine, "read", read)
    began = time.monotonic()
    answers = [desk.stranger.get("/readyz") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert answers[0].json["detail"] == readiness.NO_ANSWER
    assert time.monotonic() - began < 5
    assert len(looks) == 1
    hanging.set()
    monkeypatch.undo()
    for _ in range(100):
        if desk.stranger.get("/readyz").status_code == 200:
            return
    raise AssertionError("it did not recover")


def test_the_figures_tell_of_commands_steps_queues_and_conflicts(desk: Desk) -> None:
    desk.open_case()
    add_timer(desk, 1)
    figures = desk.stranger.get("/metrics").text
    for line in (
        'bihuan_commands_total{kind="start",outcome="done"}',
        'bihuan_command_seconds_bucket{kind="start",le="0.001"}',
        'bihuan_steps_total{kind="start"}',
        "bihuan_conflicts_total ",
        'bihuan_due_rows{kind="timer"} 1.0',
        'bihuan_jobs{queue="embedded",state="waiting"} 0.0',
        "bihuan_live_instances 1.0",
    ):
        assert line in figures
    (lag,) = [line for line in figures.splitlines() if line.startswith("bihuan_tick_lag_seconds ")]
    assert 55 < float(lag.split()[1]) < 120


def test_incidents_are_told_by_cause_with_a_bounded_number_of_labels(desk: Desk) -> None:
    with desk.product.sessions.begin() as session:
        for number in range(25):
            for _ in range(2 if number < 20 else 1):
                row = Incident(kind="step", cause=f"Cause{number:02}", group_key="g", message="", message_en="")
                row.created_at = row.last_at = clock.now()
                session.add(row)
    told = [line for line in desk.stranger.get("/metrics").text.splitlines() if line.startswith("bihuan_open_incidents{")]
    assert len(told) == 21
    assert 'bihuan_open_incidents{cause="Cause00",kind="step"} 2.0' in told
    assert 'bihuan_open_incidents{cause="other",kind="step"} 5.0' in told


def test_beyond_a_bound_rows_are_estimated_and_not_counted_at_each_scrape(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "FEW", 3)
    with desk.product.sessions.begin() as session:
        for number in range(8):
            session.add(Timer(instance_id=number, task_id=1, element_id="", business_key="", due_at=clock.now(), state=WAITING))
    rows, counted = Rows("timer", "state", WAITING, "ix_timer_due"), Sizes()
    if desk.product.database.dialect.name == "postgresql":
        with desk.product.sessions.begin() as session:
            session.execute(text("analyze timer"))
    statements: list[str] = []
    event.listen(desk.product.database, "before_cursor_execute", lambda _c, _u, sql, *_rest: statements.append(sql))
    with desk.product.engine.read() as session:
        assert [counted.of(session.connection(), rows) for _ in range(3)] == [8, 8, 8]
    whole = [sql for sql in statements if "count" in sql.lower() and "limit" not in sql.lower()]
    assert len(whole) <= 1


def test_every_line_of_a_command_names_the_request_the_case_and_the_instance(desk: Desk) -> None:
    lines = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, lines])
    opened = desk["agent1"].post(
        "cases",
        {"category": "simple_matter", "channel": "phone", "title": "路灯不亮", "content": "人民路灯不亮", "anonymous_reason": "不愿透露"},
        headers={"X-Request-Id": "request-one"},
    )
    assert opened.status_code == 201, opened.text
    (line,) = [entry for entry in lines.entries if entry["event"] == "request" and entry["request"] == "request-one"]
    assert (line["case"], str(line["instance"])) == (opened.json["case_no"], opened.json["instance_id"])
    desk["agent1"].get("tasks", headers={"X-Request-Id": "request-two"})
    (after,) = [entry for entry in lines.entries if entry["request"] == "request-two"]
    assert "case" not in after
    assert "instance" not in after


def test_a_jobs_lines_have_an_id_of_their_own_and_leave_the_requests_alone(desk: Desk) -> None:
    lines = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, lines])
    structlog.contextvars.bind_contextvars(request="around")
    log = structlog.get_logger()
    desk.product.registry.senders["oa"] = lambda delivery_id, body: log.info("sent")
    delivery = desk.product.engine.transact(SYSTEM, lambda work: work.deliver("oa", "C1", {}))
    with desk.product.sessions.begin() as session:
        session.execute(text("update delivery set state = 'queued'"))
    desk.product.handlers["deliver"](delivery_id=delivery)
    (sent,) = [entry for entry in lines.entries if entry["event"] == "sent"]
    assert len(sent["request"]) == 16
    assert sent["job"] == "deliver"
    assert structlog.contextvars.get_contextvars()["request"] == "around"
    structlog.contextvars.clear_contextvars()
