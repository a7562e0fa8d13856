"""Tells the processes what happened in calls: from rows that were written with the calls' steps, each exactly once."""

import threading
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import orjson
import structlog
from sqlalchemy import Engine as Database
from sqlalchemy.exc import SQLAlchemyError

from engine.actor import Actor
from engine.db import transaction
from engine.errors import BihuanError, StepFailed, VersionConflict
from engine.outbox.origin import Origin
from engine.runtime.engine import Engine
from engine.runtime.work import Work
from engine.spiff.waits import correlate
from telephony.worker import store
from telephony.worker.following import follow

TELEPHONY = Actor("telephony", frozenset(), override=True)
PAUSE = 0.5
"""Seconds before the next attempt when the database is away; also how long news may wait that nobody announced."""
GATHER = 0.05
"""Seconds that news waits for more, to be told in one transaction: a call's end and its recording are told together."""
log = structlog.get_logger("telephony.herald")


class Herald:
    """A thread of its own: a message may start a process, and no call shall wait for that."""

    def __init__(self, engine: Engine, database: Database, node: str) -> None:
        self._engine, self._database, self._node = engine, database, node
        self._lost: frozenset[str] = frozenset()
        self._news, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="telephony-herald", daemon=True)

    def start(self) -> None:
        """Tell what is there, and what comes; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Tell no more; what is left stays in its rows."""
        self._stopping.set()
        self._news.set()
        self._thread.join()

    def wake(self) -> None:
        """There is something to tell."""
        self._news.set()

    def speak_for(self, lost: frozenset[str]) -> None:
        """Tell what exchanges have left behind that nobody answers for, too."""
        self._lost = lost
        if lost:
            self.wake()

    def tell_all(self) -> int:
        """Tell everything there is; how much it was. Raises `SQLAlchemyError`."""
        return sum(self._tell_all(node) for node in (self._node, *sorted(self._lost)))

    def _tell_all(self, node: str) -> int:
        told, last = 0, 0
        while not self._stopping.is_set():
            with transaction(self._database.execution_options(read_only=True)) as session:
                rows = store.notices(session, node, last)
            if not rows:
                break
            for batch in apart(rows, self._engine.registry.message_starts):
                self._tell_together(batch)
            told, last = told + len(rows), rows[-1].id
        return told

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._news.wait(PAUSE):
                self._stopping.wait(GATHER)
            self._news.clear()
            try:
                self.tell_all()
            except SQLAlchemyError as failure:
                log.warning("the database does not answer", error=type(failure).__name__)
                self._stopping.wait(PAUSE)
            except Exception:
                # nobody foresaw it; without this thread the processes would hear of no call any more
                log.exception("what happened in calls could not be told")
                self._stopping.wait(PAUSE)

    def _tell_together(self, rows: Sequence[Any]) -> None:
        """All in one transaction; each in its own when one of them fails."""

        def command(work: Work) -> None:
            for row in rows:
                if store.forget_notice(work.session, row.id):
                    payload = orjson.loads(row.payload)
                    work.throw(row.message, payload)
                    follow(work, row.message, payload)

        if len(rows) > 1:
            try:
                self._engine.transact(TELEPHONY, command, reported=False)
            except SQLAlchemyError:
                raise
            except Exception as failure:
                log.info("not all can be told together", error=_code(failure))
            else:
                return
        for row in rows:
            self._tell(row.id, row.call_id, row.message, orjson.loads(row.payload))

    def _tell(self, row: int, call: str, message: str, payload: dict[str, object]) -> None:
        def command(work: Work) -> None:
            if store.forget_notice(work.session, row):
                work.throw(message, payload)
                follow(work, message, payload)

        try:
            self._engine.transact(TELEPHONY, command)
        except VersionConflict:
            log.info("many people act on the same case: told a little later", message=message)
        except SQLAlchemyError:
            raise
        except Exception as failure:
            log.error(
                "a process failed on a call's message", message=message, error=_code(failure), exc_info=not isinstance(failure, BihuanError)
            )
            if not isinstance(failure, StepFailed):  # a failed step has left its incident already
                again = {"message": message, "correlations": [correlate("call_id", call)], "payload": payload}
                self._engine.report(StepFailed(str(failure) or _code(failure)), Origin("message", again=again))
            with transaction(self._database) as session:
                store.forget_notice(session, row)


def apart(rows: Sequence[Any], starting: Collection[str]) -> Iterator[list[Any]]:
    """What can be told in one transaction, in order: nothing together with the message that starts its call's process, since
    a process waits for messages only once it has run."""
    batch: list[Any] = []
    for row in rows:
        if any(before.call_id == row.call_id and before.message in starting for before in batch):
            yield batch
            batch = []
        batch.append(row)
    yield batch


def _code(failure: Exception) -> str:
    return failure.code if isinstance(failure, BihuanError) else type(failure).__name__
