"""Handlers in stages: what they do in the database before and after their work joins the queue's own transactions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, cast

from sqlalchemy.orm import Session

from engine import clock
from engine.jobs import claims
from engine.jobs.claims import Claim, Outcome, Retry
from engine.jobs.port import Handler


class Staged(Protocol):
    """A handler that a queue may also run in stages: a transaction before and one after its work are saved."""

    def begin(self, session: Session, /, **args: Any) -> Any:
        """In the transaction that takes the job; answers what `run` needs, None when there is nothing to do."""

    def run(self, begun: Any, /) -> Any:
        """The work, with no transaction open. Raises nothing; answers how it went."""

    def end(self, session: Session, begun: Any, result: Any, /) -> None:
        """In the transaction that settles the job."""


def staged(handler: object) -> Staged | None:
    """A handler that works in stages, None for one that is only called."""
    return cast(Staged, handler) if hasattr(handler, "begin") else None  # asked for every job: `isinstance` costs ten times as much


def turn(
    session: Session, handlers: Mapping[str, Handler], ended: Sequence[Outcome], rooms: Mapping[str, int], retry: Retry
) -> list[Claim]:
    """Settle the jobs that have ended and take up to `rooms` of each kind, those they put themselves included; answers what is
    to be run."""
    for outcome in ended:
        handler = staged(handlers[outcome.claim.kind])
        if handler is not None and outcome.claim.begun is not None and outcome.error is None:
            handler.end(session, outcome.claim.begun, outcome.result)
    claims.settle(session, ended, retry, clock.real_now())
    taken: list[Claim] = []
    idle: list[Outcome] = []
    for claim in claims.claim(session, rooms, clock.real_now()):
        handler = staged(handlers[claim.kind])
        if handler is None:
            taken.append(claim)
        elif (begun := handler.begin(session, **claim.args)) is not None:
            taken.append(replace(claim, begun=begun))
        else:
            idle.append(Outcome(claim, None))
    claims.settle(session, idle, retry, clock.real_now())
    return taken
