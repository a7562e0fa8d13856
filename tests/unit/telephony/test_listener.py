"""A link whose password the exchange refuses: it says so each time, and hears again once somebody has mended it; one that is ended."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets import Request, Response
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve

from telephony.ari import links
from telephony.ari.links import Listener

SECONDS = 20


class Strict:
    """An exchange that refuses everybody some times."""

    def __init__(self, refusals: int) -> None:
        self.left = refusals
        self.done = threading.Event()
        self.server = serve(self._hold, "127.0.0.1", 0, process_request=self._admit)
        self.url = f"http://127.0.0.1:{self.server.socket.getsockname()[1]}/ari"

    def _admit(self, connection: ServerConnection, _request: Request) -> Response | None:
        self.left -= 1
        return connection.respond(HTTPStatus.UNAUTHORIZED, "no\n") if self.left >= 0 else None

    def _hold(self, connection: ServerConnection) -> None:
        for _message in connection:
            pass

    @contextmanager
    def __call__(self) -> Iterator["Strict"]:
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        yield self
        self.server.shutdown()
        thread.join()


def test_a_refused_password_is_said_each_time_and_the_link_comes_up_once_it_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "REFUSED_PAUSE", 0.001)
    with Strict(3)() as exchange, capture_logs() as said:
        listener = Listener(exchange.url, "bihuan", "wrong", ["app"], lambda _event: None)
        listener.start()
        assert listener.connected.wait(SECONDS)
        listener.stop()
    refusals = [line for line in said if line["log_level"] == "error"]
    assert [line["user"] for line in refusals] == ["bihuan"] * 3
    assert "no call is heard" in refusals[0]["event"]


def test_a_refused_password_is_tried_again_after_a_minute_and_the_wait_can_be_ended() -> None:
    with Strict(1_000)() as exchange, capture_logs() as said:
        listener = Listener(exchange.url, "bihuan", "wrong", ["app"], lambda _event: None)
        listener.start()
        assert listener.lost.wait(SECONDS)
        listener.stop()
        assert exchange.left == 999
    assert [(line["event"].partition(":")[0], line["again_in"]) for line in said] == [("no call is heard", 60.0)]


def test_a_link_that_comes_up_while_it_is_ended_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, goes_on = threading.Event(), threading.Event()

    def slow(*given: Any, **named: Any) -> ClientConnection:
        connection: ClientConnection = connect(*given, **named)
        opened.set()
        assert goes_on.wait(SECONDS)
        return connection

    monkeypatch.setattr(links, "connect", slow)
    with Strict(0)() as exchange:
        listener = Listener(exchange.url, "bihuan", "right", ["app"], lambda _event: None)
        listener.start()
        assert opened.wait(SECONDS)
        stops = threading.Thread(target=listener.stop)
        stops.start()
        assert listener._stopping.wait(SECONDS)
        goes_on.set()
        stops.join(SECONDS)
        assert not stops.is_alive()
        assert not listener.connected.is_set()
