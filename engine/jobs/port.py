"""The port of background work: one small interface, one contract suite for every adapter (`tests/contract/jobs/`)."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from sqlalchemy.orm import Session

FIRE_TIMER = "fire_timer"
"""Kind of the job that fires a few timers in due order: `{timers: [[instance_id: int, task_id: int, due_at: ISO 8601], …]}`."""
DELIVER = "deliver"
"""Kind of the job that sends one delivery: `{delivery_id: str}`."""

Handler: TypeAlias = Callable[..., None]
"""`handler(**args)`, with no transaction open. It runs at least once, so it must find its own work done."""


class JobQueue(Protocol):
    """Runs handlers in the background: at least once, and one job at a time for each `case_id`.

    Jobs of a case are taken in the order in which they were put. A job carries no time: what is to happen later is a
    row of its own table, which `dispatch_due` turns into a job when its time comes.
    """

    def put(self, session: Session, kind: str, args: Mapping[str, Any], *, case_id: str | None = None, key: str | None = None) -> None:
        """Add a job in the caller's transaction: a rollback leaves nothing.

        `args` are JSON. While a job with the same `key` waits, a second one is not added.
        """

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Run jobs in the background from now on, one handler for each kind; returns at once."""

    def stop(self) -> None:
        """Take no new job and return when those that run have ended, or after a few seconds; what is left runs again."""
