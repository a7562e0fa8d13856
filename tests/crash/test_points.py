"""Killed at any point, started again, and the end is the same."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event

from tests.crash.house import CITY, House, found
from tests.crash.outcome import differences
from tests.crash.points import AFTER_CALL, AFTER_COMMIT, BEFORE_CALL, BEFORE_COMMIT, STATEMENT, Watch, kind_of, never
from tests.crash.scenarios import SCENARIOS, Part, accepted, urge, withdrawn
from tests.crash.starts import quick_starts
from tests.crash.sweep import Sweep
from tests.fixtures.databases import POSTGRESQL, SQLITE, Databases
from tests.fixtures.host import ROOT

SAMPLE = ("consultation", "work_order", "withdraw", "loop_check")
"""What PostgreSQL does like SQLite and unlike it: cases, callbacks, several instances in one command, periodic work."""


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    """Start the product often."""
    with quick_starts():
        yield


def test_every_process_has_a_scenario() -> None:
    assert set(SCENARIOS) == {diagram.stem for diagram in (ROOT / "bpmn-models").glob("*/*.bpmn")}


@pytest.mark.parametrize("process", SCENARIOS)
def test_a_process_ends_the_same_when_killed_at_each_kind_of_point(databases: Databases, process: str) -> None:
    sweep = Sweep(databases, SQLITE, process)
    assert sweep.undisturbed.wrong == []
    assert sweep.kill_at_each_kind() == [], f"seed {sweep.seed}"


# a cursor of PostgreSQL complains when nobody closed it; a killed process closes nothing
@pytest.mark.filterwarnings("ignore:Exception ignored in. <function ServerCursorMixin.__del__:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("process", SAMPLE)
def test_a_process_ends_the_same_on_postgresql(databases: Databases, process: str) -> None:
    sweep = Sweep(databases, POSTGRESQL, process)
    assert sweep.undisturbed.wrong == []
    assert sweep.kill_at_each_kind() == [], f"seed {sweep.seed}"


def test_an_undisturbed_run_is_the_same_each_time(databases: Databases) -> None:
    sweep = Sweep(databases, SQLITE, "work_order")
    again = sweep.run(never)
    assert again.points == sweep.points
    assert differences(sweep.undisturbed.lines, again.lines) == []


def test_a_step_that_is_lost_or_done_twice_is_noticed(databases: Databases) -> None:
    sweep = Sweep(databases, SQLITE, "urge")
    for acts in (urged(1), urged(3)):
        sweep.scenario = replace(sweep.scenario, acts=acts)
        assert differences(sweep.undisturbed.lines, sweep.run(never).lines)
    sweep.scenario = replace(sweep.scenario, acts=urged(2))
    assert differences(sweep.undisturbed.lines, sweep.run(never).lines) == []


def urged(times: int) -> Part:
    """So many urgings in a row."""

    def acts(house: House) -> None:
        for _ in range(times):
            house.ask("a", "urge", text="请尽快处理")

    return acts


def test_every_place_of_a_delivery_and_a_commit_is_a_point(databases: Databases) -> None:
    sweep = Sweep(databases, SQLITE, "consultation")
    assert {point.place for point in sweep.points} == {STATEMENT, BEFORE_COMMIT, AFTER_COMMIT, BEFORE_CALL, AFTER_CALL}
    assert {what for place, what in sweep.kinds() if place == BEFORE_CALL} == {"sms", "oa"}


def test_no_statement_reaches_the_database_unseen(databases: Databases) -> None:
    """The watch hangs on SQLAlchemy's events; what the driver itself is told must be the same, whoever sends it."""
    told: list[str] = []
    with databases.copy(SQLITE, CITY, found) as url, House(url, watch := Watch(), "unseen") as house:
        house.product.database.dispose()
        event.listen(house.product.database, "connect", lambda connection, _record: connection.set_trace_callback(told.append))
        accepted(house)
        urge(house)
        withdrawn(house)
        with house.product.engine.read():
            told.append("-- the test's own look ends here")
    seen = {point.what.split()[0] for point in watch.points if point.place == STATEMENT}
    none = ("--", "pragma", "BEGIN", "COMMIT", "ROLLBACK")  # a death at a BEGIN is one before the first statement
    verbs = {statement.split()[0] for statement in map(kind_of, told) if not statement.startswith(none)}
    assert verbs <= seen
