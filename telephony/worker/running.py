"""`bihuan telephony`: the exchange is asked for all that is needed, then the worker and its links run until a signal."""

import base64
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from types import FrameType

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy.exc import SQLAlchemyError
from websockets import Request, Response
from websockets.sync.server import ServerConnection

from engine.errors import PortTaken
from engine.jobs.changes import Changes, DataVersion
from engine.jobs.notices import Listening
from engine.runtime.engine import Engine
from engine.settings import Settings
from telephony import ari
from telephony.ari.links import Listener, Receiver
from telephony.prompts import checking
from telephony.recordings.archive import Archive
from telephony.worker.worker import Worker

GAP = 0.1
"""Seconds between two looks at what others have committed: our own commits are told as well, several for each call."""
AGAIN = 1.0
"""Seconds before the next attempt to notice commits when the database is away."""
SWITCH = 0.001
"""Seconds that another thread may go on while the one that takes the steps wants to: Python's own 5 ms, several times a step, are most of
the lag while the processes are told."""
NOBODY = 5.0
"""Seconds until it is said that no exchange has connected; one that is set up tries twice a second."""
NAME = 40
"""Characters of the name that somebody unknown gave, at most, that we repeat."""
SILENCE = 600.0
"""Seconds until it is said again that the same one was turned away."""
log = structlog.get_logger("telephony")


class _Receiver(Receiver):
    """Says once that nobody has connected, and who was turned away, and not at each attempt: an exchange tries twice a second."""

    def __init__(self, settings: Settings, worker: Worker) -> None:
        host, _, port = settings.ari_receive.rpartition(":")
        super().__init__(host, int(port), {settings.ari_user: settings.ari_password}, worker.sink, self._came)
        self._settings, self._worker = settings, worker
        self._said, self._said_at = "", 0.0
        self._late = threading.Timer(NOBODY, self._nobody)
        self._late.daemon = True

    def start(self) -> None:
        """Let the exchange connect from now on; returns at once."""
        super().start()
        self._late.start()

    def stop(self) -> None:
        """Close the link."""
        self._late.cancel()
        super().stop()

    def _came(self, node: str) -> None:
        self._said = ""
        log.info("the exchange has connected", user=node)
        self._worker.connected()

    def _nobody(self) -> None:
        if not self.connected:
            us = self._settings
            log.warning("no exchange has connected, no call is served", waiting_at=us.ari_receive, user=us.ari_user, app=us.ari_app)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._node(request) is not None:
            return None
        user, now = _user(request), time.monotonic()
        if user != self._said or now - self._said_at > SILENCE:
            self._said, self._said_at = user, now
            expected = self._settings.ari_user
            log.error("an exchange was turned away, its user or password is wrong", came_as=user, expected_user=expected)
        return connection.respond(HTTPStatus.UNAUTHORIZED, "unknown exchange\n")


def _user(request: Request) -> str:
    """As whom somebody came, as far as it can be read."""
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    try:
        named = base64.b64decode(sent, validate=True).decode() if kind.lower() == "basic" else ""
    except ValueError:
        named = ""
    return named.partition(":")[0][:NAME] or "-"


@contextmanager
def _listening(address: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PortTaken(f"无法监听 {address}（{error.strerror}）。 Cannot listen on {address} ({error.strerror}).") from error


def run(settings: Settings, engine: Engine, database: Database, tell: Callable[[str], None]) -> None:
    """Answer for an application's calls until a signal. Raises `Unreachable`, `AccessDenied`, `PromptsMissing`, `NameTaken`, and
    `LeaseLost` when another worker took its place."""
    assert settings.ari_url is not None
    sys.setswitchinterval(SWITCH)
    with ari.connect(settings.ari_url, settings.ari_user, settings.ari_password) as client:
        client.system.ping()
        checking.require(client)
        archive = Archive(client, database, client.system.info().system.entity_id, settings.recordings)
        worker = Worker(client, settings.ari_app, engine, database, archive)
        if settings.telephony_port:
            with _listening(f"{settings.host}:{settings.telephony_port}"):
                worker.measures.serve(settings.host, settings.telephony_port)
        stopped = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            stopped.set()
            worker.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        link = _link(settings, worker)
        with ExitStack() as ending:

            def begin() -> None:
                link.start()
                ending.callback(link.stop)
                threading.Thread(target=_watch, args=(database, worker, stopped), name="telephony-news", daemon=True).start()
                ending.callback(stopped.set)
                tell(f"电话运行中 telephony runs: {settings.ari_app} @ {worker.node}")

            worker.run(begin)
        if worker.ended is not None:
            raise worker.ended


def _link(settings: Settings, worker: Worker) -> Listener | Receiver:
    """Asterisk's own connection to us where it is set up (nothing is lost in a gap), else ours to it."""
    if settings.ari_receive:
        with _listening(settings.ari_receive):
            return _Receiver(settings, worker)
    assert settings.ari_url is not None
    return Listener(settings.ari_url, settings.ari_user, settings.ari_password, [settings.ari_app], worker.sink, worker.connected)


def _watch(database: Database, worker: Worker, stopped: threading.Event) -> None:
    """Tell the worker of commits: somebody may have asked for something."""
    wake = threading.Event()
    while not stopped.is_set():
        try:
            changes: Changes = DataVersion(database) if database.dialect.name == "sqlite" else Listening(database)
            try:
                while not stopped.is_set():
                    changes.wait(wake)
                    worker.wake()
                    stopped.wait(GAP)
            finally:
                changes.close()
        except SQLAlchemyError as failure:
            log.info("commits are not noticed, the database is away", error=type(failure).__name__)
            stopped.wait(AGAIN)
