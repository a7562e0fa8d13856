"""The same completed tasks through a real `bihuan serve`, with one client on one connection."""

import http.client
import time
from urllib.parse import urlsplit

import orjson
import psutil

from tests.bench.figures import Timing
from tests.fixtures.filling import answers
from tests.fixtures.server import Server


class Caller:
    """One keep-alive connection; thinner than `requests`, so that the client costs little of what is measured."""

    def __init__(self, server: Server, authorization: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        self._headers = {"Authorization": authorization, "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        """Send and read whole. Raises `AssertionError` with the answer when it is no success."""
        self._connection.request(method, f"/api/v1/{path}", None if body is None else orjson.dumps(body), self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status < 300, f"{method} {path}: {answer.status} {text.decode()}"
        return text

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def complete(server: Server, tasks: list[str], timing: Timing) -> None:
    """Complete these tasks (public ids) one after the other; wall as the client saw it, CPU as the server's processes spent it on all."""
    if not tasks:
        return
    caller = Caller(server, str(server.log_in("admin").headers["Authorization"]))
    filled = []
    for task_id in tasks:
        task = orjson.loads(caller.ask("GET", f"tasks/{task_id}"))
        filled.append((task_id, {"data": answers(task["form"]["components"], task["data"])}))
    spent = _spent(server)
    for task_id, body in filled:
        before = time.perf_counter()
        caller.ask("POST", f"tasks/{task_id}/complete", body)
        timing.wall.append(time.perf_counter() - before)
    timing.cpu += [(_spent(server) - spent) / len(filled)] * len(filled)
    caller.close()


def _spent(server: Server) -> float:
    """CPU seconds of the server's processes so far, user and system."""
    main = psutil.Process(server.pid)
    times = [process.cpu_times() for process in (main, *main.children(recursive=True))]
    return sum(each.user + each.system for each in times)
