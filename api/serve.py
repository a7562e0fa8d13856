"""`bihuan serve`: gunicorn with two workers, one that answers and one that tends the background work (docs/adr/0021).

They share nothing but the database and a sheet of figures; whichever dies is started anew. The one that answers has 256 threads, because an
open stream holds one (platform.md: with 32 threads the 33rd client starves everyone).
"""

import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from api import bootstrap, logs, metrics
from api.clock.following import Following
from api.connections import Connections
from api.product import Product
from api.sheet import SHEET, Sheet
from engine import heap
from engine.errors import PortTaken
from engine.settings import Settings

ANSWERS, TENDS = "answers", "background"
"""The two kinds of workers; the second is a label in `/metrics`."""
GRACE = 7
"""Seconds for requests under way; the whole end takes less than ten."""
KEEP_ALIVE = 75
LONGEST_LINE = 8190
"""Bytes of a request's first line, gunicorn's own most: a long search is no mistake."""

log = structlog.get_logger("api.serve")


def check_port(host: str, port: int) -> None:
    """Refuse a port that somebody else listens on. Raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"无法监听 {host}:{port}（{error.strerror}），请用 PORT=… 换一个端口。 "
                f"Cannot listen on {host}:{port} ({error.strerror}): choose another with PORT=…."
            ) from error


class Server(BaseApplication):
    """gunicorn, configured here and not by its command line; the product is built in each worker, after the fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._product: Product | None = None
        self._following: Following | None = None
        self._sheet = Sheet()
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's own defaults."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        chosen: dict[str, Any] = {
            "bind": f"{host}:{self._settings.port}",
            "workers": 2,
            "worker_class": Connections,
            "threads": self._settings.threads,
            "worker_connections": self._settings.threads * 4,
            "keepalive": KEEP_ALIVE,
            "limit_request_line": LONGEST_LINE,
            "timeout": 0,
            "graceful_timeout": GRACE,
            "loglevel": "warning",
            "control_socket_disable": True,
            "pre_fork": _share_out,
            "post_worker_init": self._start_work,
            "worker_exit": self._stop_work,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application of this worker."""
        logs.configure(self._settings.log_level, readable=not self._settings.production)
        self._product = bootstrap.build(self._settings)
        self._product.app.extensions[SHEET] = self._sheet
        heap.settle()
        return self._product.app

    def _start_work(self, worker: Connections) -> None:
        assert self._product is not None
        if self._settings.test_clock:
            self._following = Following(self._product.sessions)
            self._following.start()
        if worker.kind == TENDS:
            told = metrics.Told(TENDS)
            worker.beats = lambda: self._sheet.write(told.text())
            self._product.queue.start(self._product.handlers)
            return
        self._product.pushes.start()
        _before(worker.handle_exit, self._product.pushes.end_streams)
        log.info("serving", host=self._settings.host, port=self._settings.port)

    def _stop_work(self, _server: Arbiter, _worker: Connections) -> None:
        if self._product is not None:
            if self._following is not None:
                self._following.stop()
            self._product.pushes.stop()
            self._product.queue.stop()
            self._product.database.dispose()


def _share_out(server: Arbiter, worker: Connections) -> None:
    """Say what the next worker is for: whatever there is less of, first one that answers. Runs before the fork."""
    kinds = [other.kind for other in server.WORKERS.values()]
    worker.kind = min((ANSWERS, TENDS), key=kinds.count)


def _before(handle_exit: Callable[[int, FrameType | None], None], end_streams: Callable[[], None]) -> None:
    """At SIGTERM let the open streams end first: gunicorn waits for them, and they would never end by themselves."""

    def handler(number: int, frame: FrameType | None) -> None:
        end_streams()
        handle_exit(number, frame)

    signal.signal(signal.SIGTERM, handler)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    Server(settings).run()
