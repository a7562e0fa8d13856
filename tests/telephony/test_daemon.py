"""`bihuan telephony` as a process: killed in the middle of calls, ended by a signal, and refusing to start in one clear line."""

import os
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import orjson
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.fixtures.asterisk.node import KEPT, USER, Node
from tests.fixtures.databases import DIALECTS, SECRET, Databases
from tests.fixtures.phones import Telephones
from tests.fixtures.product import built, found_city
from tests.fixtures.server import Daemon, free_port
from tests.telephony.hotline import Hotline, Watched

REFUSED = 2
STRANGER = f"Basic {b64encode(b'node7:wrong').decode()}"


def settings(node: Node, url: str, folder: Path) -> dict[str, str]:
    """What a worker of a node needs to know."""
    return {
        "BIHUAN_DATABASE_URL": url,
        "BIHUAN_SECRET_KEY": SECRET,
        "BIHUAN_ARI_URL": node.url,
        "BIHUAN_ARI_USER": USER,
        "BIHUAN_ARI_PASSWORD": node.password,
        "BIHUAN_ARI_APP": "bihuan-daemon",
        "BIHUAN_RECORDINGS": str(folder / "recordings"),
    }


@pytest.fixture(params=DIALECTS)
def address(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """A demo city's database, of both kinds in turn."""
    with databases.copy(request.param, "city", found_city) as url:
        yield url


@pytest.fixture
def worker(exchange: Node, address: str, tmp_path: Path) -> Iterator[Daemon]:
    """A worker in a process of its own."""
    exchange.forget()
    daemon = Daemon(tmp_path / "telephony.log", "telephony")
    launch(daemon, settings(exchange, address, tmp_path))
    yield daemon
    if daemon.runs:
        daemon.kill()


@pytest.fixture
def hotline(exchange: Node, address: str, worker: Daemon) -> Iterator[Hotline]:
    """Its hotline; what it commits is looked for now and then."""
    with Telephones(exchange) as phones, built(address) as product:
        yield Hotline(product, exchange, phones, nobody())


def nobody() -> Watched:
    """In the place of a worker that is another process."""
    return cast(Watched, SimpleNamespace(changed=threading.Condition(), wake=lambda: None))


def launch(daemon: Daemon, given: Mapping[str, str]) -> None:
    """Start it and wait until it answers for calls."""
    before = daemon.log.count("telephony runs") if Path(daemon._output).exists() else 0
    daemon.launch(given)
    daemon.wait_for(lambda: daemon.log.count("telephony runs") > before)


def said(given: Mapping[str, str]) -> tuple[int, str]:
    """How a worker that cannot start ends, and what it says."""
    command = [str(Path(sys.executable).parent / "bihuan"), "telephony"]
    done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_a_killed_worker_is_taken_up_where_it_was(hotline: Hotline, worker: Daemon, exchange: Node, address: str, tmp_path: Path) -> None:
    status, text = said(settings(exchange, address, tmp_path))
    assert status == REFUSED
    assert "同名" in text
    assert len(text.strip().splitlines()) == 1
    citizen, agent, call = hotline.talk()
    worker.kill()
    citizen.until_hears({agent.tone})
    with exchange.impatient():
        other = hotline.calls(caller="13900003333")
        other.until_hears_speech()  # the dial plan's own excuse
        other.until("ended")
    agent.hangup()
    launch_when_free(worker, settings(exchange, address, tmp_path))
    citizen.until("ended", 20)
    hotline.until(lambda: all(row.state == "ended" for row in hotline.rows()) and len(hotline.rows()) == 2)
    # not in their order: the exchange remembers the second that a call came in, which may have begun before the talk did
    assert {(row.id == call, row.number, row.outcome) for row in hotline.rows()} == {
        (True, citizen.me, "talked"),
        (False, other.me, "abandoned"),
    }
    hotline.nothing_is_left()
    again = hotline.calls()
    again.until("up").until_hears_speech()
    again.hangup()
    hotline.nothing_is_left()
    assert worker.stop() == 0


def test_a_worker_to_whom_the_exchange_connects_serves_a_call(exchange: Node, databases: Databases, tmp_path: Path) -> None:
    worker = Daemon(tmp_path / "telephony.log", "telephony")
    with databases.copy(DIALECTS[0], "city", found_city) as url, Telephones(exchange) as phones, built(url) as product:
        launch(worker, {**settings(exchange, url, tmp_path), "BIHUAN_ARI_APP": KEPT, "BIHUAN_ARI_RECEIVE": exchange.receiver})
        try:
            hotline = Hotline(product, exchange, phones, nobody())
            citizen, agent, _call = hotline.talk()
            agent.until_hears({citizen.tone})
            citizen.hangup()
            assert hotline.call_in("ended").outcome == "talked"
            hotline.nothing_is_left()
            assert worker.stop() == 0
        finally:
            if worker.runs:
                worker.kill()
    assert "the exchange has connected" in worker.log
    assert "turned away" not in worker.log


def test_a_worker_to_whom_nobody_or_a_stranger_connects_says_so_once(exchange: Node, databases: Databases, tmp_path: Path) -> None:
    worker = Daemon(tmp_path / "telephony.log", "telephony")
    place = f"127.0.0.1:{free_port()}"
    with databases.copy(DIALECTS[0], "city", found_city) as url:
        launch(worker, {**settings(exchange, url, tmp_path), "BIHUAN_ARI_RECEIVE": place})
        try:
            for _ in range(3):
                with pytest.raises(InvalidStatus):
                    connect(f"ws://{place}/ari", additional_headers={"Authorization": STRANGER}, proxy=None)
            worker.wait_for(lambda: "no exchange has connected" in worker.log)
            assert worker.stop() == 0
        finally:
            if worker.runs:
                worker.kill()
    lines = [orjson.loads(line) for line in worker.log.splitlines() if line.startswith("{")]
    links = [line for line in lines if "expected_user" in line]
    said = [(line["event"].split(",")[0], line.get("came_as"), line["expected_user"], line.get("waiting_at")) for line in links]
    # in either order: each begins to count by itself
    assert sorted(said, key=str) == [("an exchange was turned away", "node7", USER, None), ("no exchange has connected", None, USER, place)]


def launch_when_free(daemon: Daemon, given: Mapping[str, str]) -> None:
    """Start it again and again until the name of the killed one is free."""
    for _ in range(20):
        with suppress(AssertionError):  # it says that the name is taken, and ends
            launch(daemon, given)
            return
        assert "同名" in daemon.log
    raise AssertionError(daemon.log)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"BIHUAN_ARI_PASSWORD": "wrong"}, "用户名或密码不对"),
        ({"BIHUAN_ARI_URL": "http://127.0.0.1:1/ari"}, "连接不上"),
        ({"BIHUAN_ARI_URL": "", "BIHUAN_ARI_APP": "other"}, "BIHUAN_ARI_URL"),
        ({"BIHUAN_ARI_RECEIVE": "192.0.2.1:9"}, "无法监听 192.0.2.1:9"),
    ],
)
def test_a_worker_that_cannot_start_says_why_in_one_line(
    wrong: dict[str, str], words: str, exchange: Node, databases: Databases, tmp_path: Path
) -> None:
    with databases.copy(DIALECTS[0], "city", found_city) as url:
        status, text = said({**settings(exchange, url, tmp_path), **wrong})
    assert status == REFUSED
    assert words in text
    assert len(text.strip().splitlines()) == 1
    assert "Traceback" not in text


def test_an_exchange_without_prompts_is_refused_by_their_names(mortal_exchange: Node, databases: Databases, tmp_path: Path) -> None:
    mortal_exchange.kill()
    (mortal_exchange.folder / "data/sounds/zh").unlink()
    mortal_exchange.start()
    with databases.copy(DIALECTS[0], "city", found_city) as url:
        status, text = said(settings(mortal_exchange, url, tmp_path))
    assert status == REFUSED
    assert "pager-medical" in text
    assert len(text.strip().splitlines()) == 1


def test_a_worker_whose_exchange_answers_nothing_ends_in_time(mortal_exchange: Node, databases: Databases, tmp_path: Path) -> None:
    worker = Daemon(tmp_path / "telephony.log", "telephony")
    with databases.copy(DIALECTS[0], "city", found_city) as url, Telephones(mortal_exchange) as phones, built(url) as product:
        launch(worker, settings(mortal_exchange, url, tmp_path))
        hotline = Hotline(product, mortal_exchange, phones, nobody())
        hotline.calls()
        hotline.call_in("queued")
        mortal_exchange.freeze()
        try:
            worker.wait_for(lambda: worker.log.count("exchange-unreachable") > 2)  # and more that waits for it
            assert worker.stop() == 0
        finally:
            mortal_exchange.thaw()
            if worker.runs:
                worker.kill()
