"""The disk is full: what cannot be saved is refused with the reason, what can be read is read, and room is all it takes."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

from psycopg.errors import AdminShutdown, DiskFull, UndefinedTable
from sqlalchemy import ExceptionContext, event, select
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from api import trouble
from api.product import Product
from api.trouble import DatabaseAway, StorageFull
from engine import clock
from engine.outbox.models import DONE, Delivery
from tests.chaos import audit
from tests.crash.house import CITY, House, found, token_of
from tests.faults.conftest import get, new_case, post, queue_of, said
from tests.fixtures.databases import SQLITE, Databases
from tests.fixtures.product import built
from tests.fixtures.server import Server

CREATED, OK, STORAGE_FULL = 201, 200, 507
MOST, URGINGS, PATIENCE = 200, 10, 30
"""Cases that are opened until the pages which were begun are full, too; urgings of each, whose messages need more pages; seconds."""

LATER = timedelta(hours=1)
"""When a message is tried again that could not be handed over."""


@contextmanager
def no_room(product: Product) -> Iterator[None]:
    """The database file may not grow by a page."""

    def limit(connection: object, _record: object) -> None:
        connection.execute("pragma max_page_count = 1")  # type: ignore[attr-defined]  # never below what it has

    product.database.dispose()
    event.listen(product.database, "connect", limit)
    yield
    event.remove(product.database, "connect", limit)
    product.database.dispose()


@contextmanager
def refusals(product: Product) -> Iterator[threading.Event]:
    """An event that is set as soon as a statement of any thread has found no room."""
    refused = threading.Event()

    def note(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlite_errorname", "") == "SQLITE_FULL":
            refused.set()

    event.listen(product.database, "handle_error", note)
    yield refused
    event.remove(product.database, "handle_error", note)


def filled_up(product: Product) -> list[str]:
    """Open cases until one is refused; answers the numbers of those that were not."""
    opened: list[str] = []
    for number in range(MOST):
        answer = post(product, "cases", new_case(f"路灯不亮 {number}"), "agent1")
        if answer.status_code == STORAGE_FULL:
            assert said(answer)["type"] == "urn:bihuan:problem:storage-full"
            assert "存储空间已满" in said(answer)["detail"]
            return opened
        assert answer.status_code == CREATED, answer.json
        opened.append(said(answer)["case_no"])
    raise AssertionError(f"{MOST} cases found room")


def test_what_has_no_room_is_refused_whole_and_the_rest_can_be_read(house: House) -> None:
    with no_room(house.product):
        opened = filled_up(house.product)
        assert get(house.product, "/healthz").status_code == OK
        assert get(house.product, "/readyz").status_code == OK
        assert len(said(get(house.product, "/api/v1/cases?limit=200"))["items"]) == len(opened)
        with house.product.engine.read() as session:
            assert audit.lost_cases(session, opened) == []
            assert audit.stuck_cases(session) == []
            assert audit.broken_chains(session) == []
    assert post(house.product, "cases", new_case("有地方了"), "agent1").status_code == CREATED


def test_a_file_that_has_no_room_is_refused(house: House) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + os.urandom(200_000)
    with no_room(house.product):
        client = house.product.app.test_client()
        headers = {"Authorization": f"Bearer {token_of('agent1')}"}
        answer = client.post("/api/v1/files", data={"file": (BytesIO(picture), "photo.png")}, headers=headers)
    assert (answer.status_code, said(answer)["type"]) == (STORAGE_FULL, "urn:bihuan:problem:storage-full")


def test_the_background_work_takes_itself_up_when_there_is_room_again(databases: Databases) -> None:
    with databases.copy(SQLITE, CITY, found) as url, built(url) as product:
        for number in range(3):
            assert post(product, "cases", new_case(f"路灯不亮 {number}"), "agent1").status_code == CREATED
        for item in said(get(product, "/api/v1/cases"))["items"]:
            for _ in range(URGINGS):
                assert post(product, f"cases/{item['case_no']}/actions/urge", {"text": "请尽快处理"}).status_code == CREATED
        with no_room(product), refusals(product) as refused:
            product.queue.start(product.handlers)
            assert refused.wait(PATIENCE)
            assert get(product, "/healthz").status_code == OK
        assert queue_of(product).wait_idle(PATIENCE)
        clock.set_offset(LATER)
        queue_of(product).dispatch()
        assert queue_of(product).wait_idle(PATIENCE)
        product.queue.stop()
        with Session(product.database) as session:
            states = set(session.scalars(select(Delivery.state)))
        assert audit.broken_chains(session) == []
    assert states == {DONE}


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "serve.log").symlink_to("/dev/full")
    with Mute(tmp_path) as server:
        assert server.log_in("agent1").get("tasks").status_code == OK
        assert server.stop() == 0


def test_each_database_says_it_in_its_own_words() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"
    for error in (full, DiskFull("could not extend file: No space left on device")):
        assert isinstance(trouble.of(OperationalError("INSERT", {}, error)), StorageFull)
    assert isinstance(trouble.of(OperationalError("INSERT", {}, AdminShutdown())), DatabaseAway)
    assert trouble.of(ProgrammingError("INSERT", {}, UndefinedTable())) is None
    assert trouble.of(KeyError("a bug")) is None


class Mute(Server):
    """A server whose log cannot be read either."""

    log = ""
