"""`bihuan telephony`: the exchange is asked for all that is needed, then the worker and its links run until a signal."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy.exc import SQLAlchemyError

from engine import ending
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
PARTING = 2.0
"""Seconds that a worker which is to end has for what it has begun; an exchange that has not answered by then is not waited for."""
log = structlog.get_logger("telephony")


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
        stopped, ended = threading.Event(), threading.Event()

        def stop() -> None:
            stopped.set()
            worker.stop()

        def part() -> None:
            worker.stopping.wait()
            if not ended.wait(PARTING):
                client.give_up()

        link = _link(settings, worker)
        with ending.told(stop), ExitStack() as last:
            threading.Thread(target=part, name="telephony-parting", daemon=True).start()
            last.callback(stop)
            last.callback(ended.set)

            def begin() -> None:
                link.start()
                last.callback(link.stop)
                threading.Thread(target=_watch, args=(database, worker, stopped), name="telephony-news", daemon=True).start()
                last.callback(stopped.set)
                tell(f"电话运行中 telephony runs: {settings.ari_app} @ {worker.node}")

            worker.run(begin)
        if worker.ended is not None:
            raise worker.ended


def _link(settings: Settings, worker: Worker) -> Listener | Receiver:
    """Asterisk's own connection to us where it is set up (nothing is lost in a gap), else ours to it."""
    if settings.ari_receive:
        with _listening(settings.ari_receive):
            host, _, port = settings.ari_receive.rpartition(":")
            nodes = {settings.ari_user: settings.ari_password}
            return Receiver(host, int(port), nodes, worker.sink, lambda _node: worker.connected())
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
