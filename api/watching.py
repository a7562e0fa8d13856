"""The engine as the product runs it: each command timed, counted, and a span of a trace; each job with an id for its log lines."""

import random
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol, TypeVar

from prometheus_client import Counter, Histogram
from sqlalchemy.orm import Session, sessionmaker
from structlog.contextvars import bind_contextvars, reset_contextvars

from api.metrics import OURS, labelled
from engine.actor import Actor
from engine.errors import BihuanError, StepFailed
from engine.jobs.port import Handler
from engine.jobs.stages import Staged, staged
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.runtime.work import Work

T = TypeVar("T")
COMMANDS = Counter("bihuan_commands", "Commands by what set them off and how they ended", ("kind", "outcome"), registry=OURS)
COMMAND_SECONDS = Histogram(
    "bihuan_command_seconds",
    "Time of a command, its commit included",
    ("kind",),
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    registry=OURS,
)
CONFLICTS = Counter("bihuan_conflicts", "Commands tried again because another was first", registry=OURS)
STEPS = Counter("bihuan_steps", "Steps of process instances that were committed", ("kind",), registry=OURS)
JOBS = Histogram(
    "bihuan_job_seconds", "Time of a background job", ("kind",), buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30), registry=OURS
)
DONE, REFUSED, FAILED = "done", "refused", "failed"
OTHER = "other"


class Span(Protocol):
    """One stretch of a trace under way."""

    def set_attribute(self, key: str, value: Any) -> None:
        """Note a fact."""


class Tracer(Protocol):
    """Opens spans; `api.traces` has the real one, which is there only while traces are exported."""

    def span(self, name: str, **facts: Any) -> AbstractContextManager[Span | None]:
        """A span inside the present one, or the root of a new trace."""


class Untraced:
    """No traces are exported."""

    def span(self, name: str, **facts: Any) -> AbstractContextManager[None]:
        """Nothing."""
        return nullcontext()


class WatchedEngine(Engine):
    """An engine whose commands are told to `/metrics` and to the traces."""

    def __init__(self, sessions: sessionmaker[Session], registry: Registry, tracer: Tracer | None = None) -> None:
        super().__init__(sessions, registry)
        self.tracer: Tracer = tracer or Untraced()

    def transact(self, actor: Actor, command: Callable[[Work], T], *, reported: bool = True) -> T:
        """As the engine does it. Counts what was committed, and times what was not, too."""
        began, worked, outcome = time.perf_counter(), _Worked(), FAILED
        with self.tracer.span("command") as span:
            try:
                result = super().transact(actor, worked.noting(command), reported=reported)
                outcome = DONE
                return result
            except StepFailed:
                raise
            except BihuanError:
                outcome = REFUSED
                raise
            finally:
                kind = worked.kind
                labelled(COMMANDS, kind, outcome).inc()
                labelled(COMMAND_SECONDS, kind).observe(time.perf_counter() - began)
                if outcome == DONE:
                    for step, count in worked.steps.items():
                        labelled(STEPS, step).inc(count)
                if span is not None:
                    for name, value in {**worked.facts, "command.kind": kind, "command.outcome": outcome}.items():
                        span.set_attribute(f"bihuan.{name}", value)

    def note_conflict(self) -> None:
        """Count it for `/metrics`, too."""
        super().note_conflict()
        CONFLICTS.inc()


class _Worked:
    """The unit of work of a command's last attempt."""

    def __init__(self) -> None:
        self._work: Work | None = None

    def noting(self, command: Callable[[Work], T]) -> Callable[[Work], T]:
        """The same command, with its work kept."""

        def noted(work: Work) -> T:
            self._work = work
            return command(work)

        return noted

    @property
    def kind(self) -> str:
        """What set the command off: one of few words."""
        return (self._work.origin.kind if self._work is not None else "") or OTHER

    @property
    def steps(self) -> Tally[str]:
        """How many steps of each kind it took."""
        return Tally() if self._work is None else Tally(step[0] for step in self._work.steps())

    @property
    def facts(self) -> dict[str, str]:
        """The case and the instances it moved."""
        moved = {} if self._work is None else self._work.moved()
        cases = sorted({case for case in moved.values() if case})
        return {"case": ",".join(cases), "instance": ",".join(str(one) for one in sorted(moved))}


def watched(kind: str, handler: Handler, tracer: Tracer | None = None) -> Handler:
    """A job's handler with an id in every line that it logs, a span of its own, and its time in the figures. It works in stages if
    the handler does."""
    stages = staged(handler)
    return _Watched(kind, handler, tracer or Untraced()) if stages is None else _WatchedStages(kind, handler, stages, tracer or Untraced())


class _Watched:
    def __init__(self, kind: str, handler: Handler, tracer: Tracer) -> None:
        self._kind, self._handler, self._tracer = kind, handler, tracer
        self._seconds = JOBS.labels(kind)

    def __call__(self, **arguments: Any) -> None:
        with self._around():
            self._handler(**arguments)

    @contextmanager
    def _around(self) -> Iterator[None]:
        job_id = f"{random.getrandbits(64):016x}"
        # what the thread's last job has bound is unbound (`...`); the test clock runs jobs inside a request, which goes on after them
        before = bind_contextvars(request=job_id, job=self._kind, case=..., instance=...)
        try:
            with self._seconds.time(), self._tracer.span(f"job {self._kind}"):
                yield
        finally:
            reset_contextvars(**before)


class _WatchedStages(_Watched):
    def __init__(self, kind: str, handler: Handler, stages: Staged, tracer: Tracer) -> None:
        super().__init__(kind, handler, tracer)
        self._stages = stages

    def begin(self, session: Session, /, **args: Any) -> Any:
        return self._stages.begin(session, **args)

    def run(self, begun: Any, /) -> Any:
        with self._around():
            return self._stages.run(begun)

    def end(self, session: Session, begun: Any, result: Any, /) -> None:
        self._stages.end(session, begun, result)
