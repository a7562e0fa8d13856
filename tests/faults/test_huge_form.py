"""A hundred megabytes for a form: refused before they are read, and the server stays as small as it was."""

import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import psutil
import pytest

from tests.acceptance.hotline import Hotline
from tests.fixtures.server import Client, Server

CONTINUE, TOO_LARGE = 100, 413
HUGE = 100 << 20
GROWTH = 32 << 20
"""What the server may grow by meanwhile; a body that was read would be three times that."""
PIECE = b"x" * 65_536


@pytest.fixture
def task(server: Server) -> str:
    """The address of an open task."""
    hotline = Hotline(server)
    case_no = hotline.opened()["case_no"]
    return f"/api/v1/tasks/{hotline.case(case_no)['tasks'][0]['id']}/complete"


def test_a_form_that_says_how_huge_it_is_is_refused_at_once(server: Server, task: str) -> None:
    before = memory(server)
    head = [f"Content-Length: {HUGE}", "Content-Type: application/json", "Expect: 100-continue"]
    status = answered(server, task, head, iter(()))
    assert status == TOO_LARGE
    assert memory(server) - before < GROWTH


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_a_form_that_is_sent_all_the_same_is_not_read(server: Server, task: str, kind: str) -> None:
    before = memory(server)
    status = answered(server, task, [f"Content-Length: {HUGE}", f"Content-Type: {kind}"], pieces())
    assert status == TOO_LARGE
    assert memory(server) - before < GROWTH


def test_a_form_that_does_not_say_how_huge_it_is_is_cut_off(server: Server, task: str) -> None:
    before = memory(server)
    chunks = (b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces())
    status = answered(server, task, ["Transfer-Encoding: chunked", "Content-Type: application/json"], chunks)
    assert status == TOO_LARGE
    assert memory(server) - before < GROWTH


def test_a_long_text_is_refused_by_its_field_and_the_task_stays(server: Server, task: str) -> None:
    client: Client = server.log_in("admin")
    answer = client.post(task, json={"data": {"title": "长" * 1_000_000, "phone": "13800138000"}})
    assert answer.status_code == 422, answer.text[:200]
    assert client.get(task.removesuffix("/complete")).status_code == 200


def test_others_are_served_meanwhile(server: Server, task: str) -> None:
    client: Client = server.log_in("agent1")
    with closing(opened(server, task, [f"Content-Length: {HUGE}", "Content-Type: application/json"])):
        assert client.get("tasks").status_code == 200


def pieces() -> Iterator[bytes]:
    """A hundred megabytes of form data."""
    yield b'{"data": {"title": "'
    for _ in range(HUGE // len(PIECE)):
        yield PIECE


def memory(server: Server) -> int:
    """The resident bytes of the server with all that belongs to it."""
    process = psutil.Process(server.pid)
    total: int = sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    return total


def opened(server: Server, path: str, head: list[str]) -> socket.socket:
    """A connection on which the head of a request was sent."""
    place = urlsplit(server.url)
    token = server.log_in("admin").headers["Authorization"]
    connection = socket.create_connection((str(place.hostname), place.port or 80), timeout=30)
    lines = [f"POST {path} HTTP/1.1", f"Host: {place.netloc}", f"Authorization: {token!s}", *head, "", ""]
    connection.sendall("\r\n".join(lines).encode())
    return connection


def answered(server: Server, path: str, head: list[str], body: Iterator[bytes]) -> int:
    """Send a request for as long as the server listens; answers the status that it gave."""
    with closing(opened(server, path, head)) as connection:
        try:
            for piece in body:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough
        answer = b""
        try:
            while not final(answer) and (more := connection.recv(4_096)):
                answer += more
        except ConnectionResetError:
            pass
    assert final(answer), answer[:200]
    return final(answer)[0]


def final(answer: bytes) -> list[int]:
    """The status of an answer as far as it has come; that one may go on (100) is none."""
    heads = [line for line in answer.split(b"\r\n")[:-1] if line.startswith(b"HTTP/1.1 ")]
    return [status for status in (int(head.split()[1]) for head in heads) if status != CONTINUE]
