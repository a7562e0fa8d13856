"""How a real server treats its connections, read byte by byte."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fixtures.server import Server

ONE_PACKET = 65536


class Line:
    """One connection to the server; it sends and receives bytes."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)

    def send(self, text: str) -> None:
        """Send as it stands."""
        self._socket.sendall(text.encode())

    def ask(self, path: str, *headers: str, method: str = "GET") -> None:
        """Send a request."""
        self.send("\r\n".join([f"{method} {path} HTTP/1.1", "Host: here", *headers, "", ""]))

    def packet(self) -> bytes:
        """What comes next, at most a packet of it; empty at the end."""
        return self._socket.recv(ONE_PACKET)

    def rest(self) -> bytes:
        """Everything until the server closes."""
        return b"".join(iter(self.packet, b""))

    def close(self) -> None:
        """Close it."""
        self._socket.close()


@contextmanager
def line(server: Server) -> Iterator[Line]:
    opened = Line(server)
    yield opened
    opened.close()


def split(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (small names) and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = (header.split(": ", 1) for header in lines)
    return int(first.split()[1]), {name.lower(): value for name, value in pairs}, body


def test_a_small_answer_comes_in_one_packet_and_the_connection_stays(server: Server) -> None:
    with line(server) as caller:
        for number in range(3):
            caller.ask("/healthz", f"X-Request-Id: request-{number}")
            status, headers, body = split(caller.packet())
            assert (status, headers["x-request-id"], headers["connection"]) == (200, f"request-{number}", "keep-alive")
            assert json.loads(body) == {"status": "ok"}


def test_requests_sent_ahead_are_answered_in_their_order(server: Server) -> None:
    ids = [f"ahead-{number:03}" for number in range(20)]
    with line(server) as caller:
        caller.send("".join(f"GET /healthz HTTP/1.1\r\nHost: here\r\nX-Request-Id: {one}\r\n\r\n" for one in ids))
        caller.ask("/healthz", "Connection: close")
        answered = [part.split(b"\r\n")[0].decode() for part in caller.rest().split(b"X-Request-Id: ")[1:]]
    assert answered[:-1] == ids


def test_more_idle_connections_than_threads_leave_room_for_another(server: Server) -> None:
    idle = [Line(server) for _ in range(300)]
    for caller in idle:
        caller.ask("/healthz")
    assert {split(caller.packet())[0] for caller in idle} == {200}
    with line(server) as another:
        another.ask("/healthz")
        assert split(another.packet())[0] == 200
    for caller in idle:
        caller.ask("/healthz")
        assert split(caller.packet())[0] == 200
        caller.close()


def test_an_answer_without_a_body_is_its_head_alone(server: Server) -> None:
    with line(server) as caller:
        caller.ask("/healthz", method="HEAD")
        status, headers, body = split(caller.packet())
        assert (status, body) == (200, b"")
        assert int(headers["content-length"]) > 0
        caller.ask("/healthz")
        assert split(caller.packet())[2] == b'{"status":"ok"}'


def test_a_file_comes_whole(server: Server) -> None:
    with line(server) as caller:
        caller.ask("/login", "Connection: close")
        page = caller.rest().decode()
    style = page.split('<link rel="stylesheet" href="', 1)[1].split('"', 1)[0]
    with line(server) as caller:
        caller.ask(style, "Connection: close")
        status, headers, body = split(caller.rest())
    assert status == 200
    assert len(body) == int(headers["content-length"]) > 1000


@pytest.mark.parametrize("length", [5_000, 8_000])
def test_a_long_address_is_an_ordinary_one(server: Server, length: int) -> None:
    with line(server) as caller:
        caller.ask(f"/api/v1/nowhere?q={'x' * length}")
        status, headers, body = split(caller.packet())
    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == 404


@pytest.mark.parametrize(
    ("sent", "status", "chinese"),
    [
        (f"GET /api/v1/cases?q={'x' * 9_000} HTTP/1.1\r\nHost: here\r\n\r\n", 414, "网址过长"),
        (f"GET /healthz HTTP/1.1\r\nHost: here\r\nX-Long: {'x' * 9_000}\r\n\r\n", 431, "请求头过大"),
        ("this is no HTTP at all\r\n\r\n", 400, "请求的格式不对"),
        ("GET /healthz HTTP/1.1\r\nHost: here\r\nExpect: miracles\r\n\r\n", 417, "Expect"),
        ("POST /healthz HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: pigeons\r\n\r\n", 501, "传输编码"),
    ],
)
def test_what_the_server_itself_refuses_is_told_like_every_other_error(server: Server, sent: str, status: int, chinese: str) -> None:
    with line(server) as caller:
        caller.send(sent)
        answered, headers, body = split(caller.rest())
    told = json.loads(body)
    assert (answered, told["status"], headers["connection"]) == (status, status, "close")
    assert headers["content-type"] == "application/problem+json"
    assert chinese in told["detail"]
    assert told["type"].startswith("urn:bihuan:problem:")
