"""What an operation, a function or a listener is given: the command it runs in and the instance it serves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.prepared import Prepared


class Agenda(Protocol):
    """What a running command can still take on before its one commit (decision 3 of `engine.md`)."""

    def start(self, process_key: str, business_key: str, variables: Mapping[str, Any]) -> int:
        """Start an instance of the latest published version in this transaction; answers its id."""

    def throw(self, message: str, payload: Mapping[str, Any]) -> None:
        """Send a BPMN message: to waiting catches, else to processes whose `startMessages` name it, else to the inbox."""

    def deliver(self, connector: str, business_key: str, body: Mapping[str, Any], *, key: str | None = None) -> str:
        """Put a delivery to the outside into the outbox; answers its id, which is its idempotency key."""

    def write(self, statement: Prepared, values: Mapping[str, Any]) -> None:
        """Write a row at the end of the command, together with all it moved, in one round trip: for rows that nothing in the
        same command reads again."""


class Command(Protocol):
    """What a service needs of whoever calls it: a person's command (`engine.runtime.work.Work`) or a step of a diagram
    (`Context.command`)."""

    @property
    def session(self) -> Session:
        """The transaction."""

    @property
    def actor(self) -> Actor:
        """In whose name."""

    @property
    def now(self) -> datetime:
        """The command's moment."""

    def start(self, process_key: str, business_key: str, variables: Mapping[str, Any]) -> int:
        """As `Agenda.start`."""

    def write(self, statement: Prepared, values: Mapping[str, Any]) -> None:
        """As `Agenda.write`."""


@dataclass(frozen=True, slots=True)
class Step:
    """The command that a step of a diagram runs in, for services that commands call, too."""

    session: Session
    actor: Actor
    now: datetime
    agenda: Agenda

    def start(self, process_key: str, business_key: str, variables: Mapping[str, Any]) -> int:
        """Start an instance; answers its id."""
        return self.agenda.start(process_key, business_key, variables)

    def write(self, statement: Prepared, values: Mapping[str, Any]) -> None:
        """Write a row at the end of the command."""
        self.agenda.write(statement, values)


class Context(NamedTuple):
    """One step's surroundings. `variables` is the token's process data; `answers` the form that this command submitted
    (with the fields that are kept out of process data), empty when the command submitted none."""

    session: Session
    now: datetime
    actor: Actor
    agenda: Agenda
    instance_id: int
    process_key: str
    business_key: str
    element_id: str
    variables: Mapping[str, Any]
    answers: Mapping[str, Any]
    marks: dict[str, Any]
    """Facts for this step's history data: `context.marks["flag"] = "超时确认"`."""

    @property
    def command(self) -> Command:
        """The command that this step runs in."""
        return Step(self.session, self.actor, self.now, self.agenda)
