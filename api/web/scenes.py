"""The diagrams of a case: one for each of its instances, and one for each process that an instance called (回访 within a case)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.web.diagrams import Drawn, drawn
from engine.history import expand
from engine.history.expand import HistoryStep
from engine.instances.models import LIVE, Instance
from engine.runtime.engine import Engine


@dataclass(frozen=True, slots=True)
class Scene:
    """One diagram of one instance, `id` unlike for every scene.

    `number` tells several of one process apart, 0 when it is the only one; `called` says that another process called
    this one; `address` is that of the diagram's file.
    """

    id: str
    instance: str
    drawn: Drawn
    number: int
    live: bool
    outcome: str
    called: bool
    address: str


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happened in a case, with the diagrams it happened on."""

    history: Sequence[HistoryStep]
    scenes: Sequence[Scene]

    def scene_of(self, step: HistoryStep) -> Scene:
        """The scene that a step belongs to."""
        return next(scene for scene in self.scenes if scene.id == scene_id(step.instance_id, step.definition))

    def process_of(self, instance_id: str) -> str:
        """The name of an instance's own process, empty for an instance that is none of the case's."""
        return next((scene.drawn.name for scene in self.scenes if scene.instance == instance_id and not scene.called), "")


def scene_id(instance_id: int, definition: str) -> str:
    """The id of the scene of an instance on a process's diagram."""
    return f"{instance_id}.{definition}"


def story_of(engine: Engine, session: Session, case_no: str) -> Story:
    """The whole story of a case, every page of its history."""
    instances = session.scalars(select(Instance).where(Instance.business_key == case_no).order_by(Instance.started_at, Instance.id)).all()
    history = _history(engine, session, case_no)
    return Story(history, _scenes(session, instances, history))


def _history(engine: Engine, session: Session, case_no: str) -> list[HistoryStep]:
    page = expand.read(session, engine.specs, case_no)
    steps = list(page.steps)
    while page.next is not None:
        page = expand.read(session, engine.specs, case_no, after=page.next)
        steps += page.steps
    return steps


def _scenes(session: Session, instances: Sequence[Instance], history: Iterable[HistoryStep]) -> list[Scene]:
    own = {one.id: (one.process_key, one.process_version) for one in instances}
    places = dict.fromkeys([*own.items(), *((step.instance_id, (step.definition, step.version)) for step in history)])
    diagrams = drawn(session, {pair for _instance, pair in places})
    totals, seen = Counter(pair[0] for _instance, pair in places), Counter[str]()
    by_id = {one.id: one for one in instances}
    scenes = []
    for instance_id, pair in places:
        seen[pair[0]] += 1
        instance = by_id[instance_id]
        scenes.append(
            Scene(
                id=scene_id(instance_id, pair[0]),
                instance=str(instance_id),
                drawn=diagrams[pair],
                number=seen[pair[0]] if totals[pair[0]] > 1 else 0,
                live=instance.status == LIVE,
                outcome=instance.outcome or "",
                called=pair != own[instance_id],
                address=url_for("web.definitions.file", key=pair[0], number=pair[1]),
            )
        )
    return scenes
