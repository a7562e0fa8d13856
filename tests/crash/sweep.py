"""One scenario killed at every point in turn: run it undisturbed, then once for each point, and compare the ends."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from random import Random

from api.product import Product
from engine.history import verify
from tests.chaos import audit
from tests.crash.house import CITY, House, Memory, found
from tests.crash.outcome import Lines, differences, outcome
from tests.crash.points import EachKind, Kind, Plan, Point, Watch, at, never
from tests.crash.scenarios import SCENARIOS, Scenario
from tests.fixtures.databases import Databases

SEED = 20261122
_MEMORIES: dict[tuple[Databases, str], Memory] = {}
"""What people remember when a stage is set, for as long as its database is kept."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run came out: the points that it passed, where it was killed, what it left behind, and what is wrong with that."""

    points: list[Point]
    killed: list[Point]
    lines: Lines
    wrong: list[str]


class Sweep:
    """The runs of one scenario on one kind of database."""

    def __init__(self, databases: Databases, dialect: str, process: str, seed: int = SEED) -> None:
        self.process, self.dialect, self.seed = process, dialect, seed
        self.scenario: Scenario = SCENARIOS[process]
        self._databases = databases
        self.undisturbed = self.run(never)

    @property
    def points(self) -> list[Point]:
        """Every point of the undisturbed run."""
        return self.undisturbed.points

    def kinds(self) -> dict[Kind, int]:
        """How often the undisturbed run came by each kind of point."""
        return dict(Counter(point.kind for point in self.points))

    def kill_at(self, number: int) -> list[str]:
        """What is wrong, or differs from the undisturbed run, when the product is killed once, at a point."""
        ending = self.run(at(number))
        if [point.number for point in ending.killed] != [number]:
            return [f"point {number} was not reached: the run is not the same each time"]
        return ending.wrong + differences(self.undisturbed.lines, ending.lines)

    def kill_at_each_kind(self) -> list[str]:
        """What is wrong, or differs, when the product is killed at a point of every kind, many times in one run, at times
        chosen by the seed; and then which of these points is to blame alone, with the command that shows it."""
        dice = Random(f"{self.seed}:{self.process}:{self.dialect}")
        plan = EachKind({kind: dice.randint(1, times) for kind, times in self.kinds().items()})
        found = self._compared(plan)
        # what a process keeps in mind it asks for less often, or only when it is new: those kinds have runs of their own
        for kind in plan.missed:
            found += self.kill_at(next(point.number for point in self.points if point.kind == kind))
        return found and [*found, *self._blame()]

    def _compared(self, plan: Plan) -> list[str]:
        ending = self.run(plan)
        return ending.wrong + differences(self.undisturbed.lines, ending.lines)

    def _blame(self) -> list[str]:
        """The first points of each kind where one death alone shows something, with the first thing it shows."""
        first = {point.kind: point for point in reversed(self.points)}
        found = {point: self.kill_at(point.number) for point in sorted(first.values(), key=lambda point: point.number)}
        return [f"{point}: {wrong[0]}\n  {self.replay(point.number)}" for point, wrong in found.items() if wrong]

    def replay(self, number: int) -> str:
        """The command that kills at a point again."""
        return f'make crash-points ARGS="--process {self.process} --database {self.dialect} --seed {self.seed} --point {number}"'

    def run(self, plan: Plan) -> Ending:
        """Run the scenario with some deaths."""
        watch = Watch(plan)
        with self._stage() as url:
            memory = deepcopy(_MEMORIES[self._databases, self._stage_name])
            with House(url, watch, f"{self.seed} acts", memory) as house:
                wrong, points = [], watch.points
                try:
                    self.scenario.acts(house)
                    points = list(watch.points)
                    self.scenario.after(house)
                except (AssertionError, LookupError, StopIteration) as refused:
                    wrong.append(f"the people could not go on: {refused!r} while {watch.act}")
                wrong += faults(house.product, house)
                return Ending(points, watch.killed, outcome(house.product, house.memory.outside), wrong)

    @contextmanager
    def _stage(self) -> Iterator[str]:
        """A database on which everything has happened that comes before the acts."""
        with self._databases.copy(self.dialect, self._stage_name, self._prepare, (CITY, found)) as url:
            yield url

    @property
    def _stage_name(self) -> str:
        return f"{CITY}_{self.process}_{self.seed}"

    def _prepare(self, url: str) -> None:
        with House(url, Watch(), f"{self.seed} before") as house:
            self.scenario.before(house)
        _MEMORIES[self._databases, self._stage_name] = house.memory


def faults(product: Product, house: House) -> list[str]:
    """What must never be, however a run went: broken chains, work left over, cases that stand still, twins."""
    with product.engine.read() as session:
        found = [f"chain: {line}" for line in verify.bad_lines(verify.verify(session))]
        found += [*audit.unsettled(session), *audit.stuck_cases(session), *audit.twice_started(session), *audit.unequal_steps(session)]
    open_ = [name for name in house.memory.cases if house.status(name) != "closed" or house.tasks(name)]
    return found + [f"case {name} is still open" for name in open_]
