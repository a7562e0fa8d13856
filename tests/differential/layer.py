"""Our layer on a walk, kept in memory between two commands (a hit of the cache) or stored and restored after each (a miss)."""

from collections.abc import Callable
from random import Random
from typing import Any

from engine.spiff import codec
from engine.spiff.specs import parse
from engine.spiff.workflow import Flow
from tests.differential.walks import LONGEST, Act, Case, Outcome, Walk, choices, script_engine
from tests.differential.worlds import World

Answers = Callable[[str, Random], dict[str, Any]]
"""The data that completing an element gives."""

WEIGHTS = {"complete": 12, "fire": 4, "message": 1, "signal": 1}
"""What is done rather than what: a withdrawal at every turn would end each walk at once."""


class Kept:
    """A workflow of ours that stays in memory. Each blob must be what it would be if it were written from nothing."""

    def __init__(self, case: Case, world: World) -> None:
        self.bundle = parse(case.sources)
        self.engine = script_engine(world)
        self.workflow = Flow(self.bundle.spec, self.bundle.subs, self.engine)

    def advance(self) -> None:
        """See `Side`."""
        self.workflow.advance()

    def settle(self) -> None:
        """Store it and keep it, as a command does at its end."""
        codec.settle(self.workflow)
        blob = codec.encode(self.workflow, self.bundle)
        for one in (self.workflow, *self.workflow.subprocesses.values()):
            one.rows.clear()
        assert codec.encode(self.workflow, self.bundle) == blob, "a kept row is not what the task has become"


class Restored(Kept):
    """A workflow of ours that is read from its blob for each command."""

    def settle(self) -> None:
        """Store it and read it again."""
        blob = codec.encode(self.workflow, self.bundle)
        self.workflow = codec.decode(blob, self.bundle, self.engine)
        assert codec.encode(self.workflow, self.bundle) == blob, "a restored instance is not what was stored"


def explore(case: Case, answers: Answers) -> tuple[list[Act], list[Outcome]]:
    """Walk a diagram at random in memory; answers what was done and what came of it."""
    world = World(case.seed, case.functions, case.operations)
    sides: list[Kept] = []

    def make() -> Kept:
        sides.append(Kept(case, world))
        return sides[0]

    walk, first = Walk.started(make, world, case.variables)
    acts: list[Act] = []
    outcomes = [first]
    random = case.random
    while walk is not None and outcomes[-1].error is None and len(acts) < LONGEST:
        possible = choices(sides[0].workflow)
        if not possible:
            break
        weights = [WEIGHTS[act[0]] for act in possible]
        acts.append(_decided(random.choices(possible, weights)[0], answers, random))
        outcomes.append(walk.perform(acts[-1]))
    return acts, outcomes


def follow(case: Case, acts: list[Act]) -> list[Outcome]:
    """Do the same again on an instance that is stored and restored after each act."""
    world = World(case.seed, case.functions, case.operations)
    walk, first = Walk.started(lambda: Restored(case, world), world, case.variables)
    return [first] if walk is None else [first, *(walk.perform(act) for act in acts)]


def _decided(act: Act, answers: Answers, random: Random) -> Act:
    kind, *rest = act
    if kind == "fire":
        return act
    if kind == "complete":
        return [kind, rest[0], answers(rest[1], random)]
    if random.random() < 0.2:
        return ["send", kind, rest[1]]
    return [*act, {"x": random.randrange(2), "payload": [random.randrange(9)]}]
