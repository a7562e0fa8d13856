"""Random diagrams in blocks, nested as deep as a seed says: what nobody thought of drawing."""

from itertools import pairwise
from random import Random

from tests.differential.drawing import boundary, catch, document, end, gateway, many, over, service, start, sub, throw, user

DEEPEST = 3


class Drawer:
    """Draws blocks: each has one entry and one exit, and everything between them."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)
        self._count = 0
        self._bodies: list[list[str]] = [[]]
        self._flows: list[list[str]] = [[]]

    def draw(self) -> bytes:
        """A whole diagram."""
        first, last = self._sequence(0)
        body = start() + "".join(self._bodies[0]) + end()
        return document(body, "; ".join([f"S>{first}", *self._flows[0], f"{last}>E"]))

    def _sequence(self, depth: int) -> tuple[str, str]:
        blocks = [self._block(depth) for _ in range(self._random.randrange(1, 4))]
        for before, after in pairwise(blocks):
            self._flow(f"{before[1]}>{after[0]}")
        return blocks[0][0], blocks[-1][1]

    def _block(self, depth: int) -> tuple[str, str]:
        kinds = ["user", "user", "service", "throw", "catch", "many"]
        if depth < DEEPEST:
            kinds += ["exclusive", "exclusive", "parallel", "inclusive", "loop", "sub", "watched", "watched", "race"]
        element = self._name()
        found: tuple[str, str] = getattr(self, f"_{self._random.choice(kinds)}")(element, depth)
        return found

    def _user(self, element: str, _depth: int) -> tuple[str, str]:
        return self._add(user(element)), element

    def _service(self, element: str, _depth: int) -> tuple[str, str]:
        return self._add(service(element, result=f"r_{element}")), element

    def _throw(self, element: str, _depth: int) -> tuple[str, str]:
        return self._add(throw(element, self._random.choice(["message", "signal"]))), element

    def _catch(self, element: str, _depth: int) -> tuple[str, str]:
        return self._add(catch(element, self._random.choice(["message", "signal", "duration", "date"]))), element

    def _many(self, element: str, _depth: int) -> tuple[str, str]:
        return self._add(user(element, inner=many("", self._random.choice([over(), over(output=False, condition="it == 1")])))), element

    def _exclusive(self, element: str, depth: int) -> tuple[str, str]:
        return self._ways("exclusive", "exclusive", element, depth, [f"x == {number}" for number in range(2)])

    def _parallel(self, element: str, depth: int) -> tuple[str, str]:
        return self._ways("parallel", "parallel", element, depth, [])

    def _inclusive(self, element: str, depth: int) -> tuple[str, str]:
        return self._ways("inclusive", "inclusive", element, depth, ["x == 0", "x < 2"])

    def _ways(self, split: str, join: str, element: str, depth: int, conditions: list[str]) -> tuple[str, str]:
        joined = self._name()
        ways = [self._sequence(depth + 1) for _ in range(self._random.randrange(2, 4))]
        self._add(gateway(split, element, f"{element}_{ways[-1][0]}" if conditions else ""))
        self._add(gateway(join, joined))
        for place, (first, last) in enumerate(ways):
            condition = conditions[place % len(conditions)] if conditions and place < len(ways) - 1 else ""
            self._flow(f"{element}>{first}" + (f"[{condition}]" if condition else ""))
            self._flow(f"{last}>{joined}")
        return element, joined

    def _loop(self, element: str, depth: int) -> tuple[str, str]:
        again, out = self._name(), self._name()
        self._add(gateway("exclusive", element))
        self._add(gateway("exclusive", again, f"{again}_{out}"))
        self._add(user(out))
        first, last = self._sequence(depth + 1)
        for flow in (f"{element}>{first}", f"{last}>{again}", f"{again}>{element}[x == 1]", f"{again}>{out}"):
            self._flow(flow)
        return element, out

    def _race(self, element: str, depth: int) -> tuple[str, str]:
        joined = self._name()
        self._add(gateway("eventBased", element))
        self._add(gateway("exclusive", joined))
        for event in self._random.sample(["message", "signal", "duration"], 2):
            waits = self._name()
            self._add(catch(waits, event))
            first, last = self._sequence(depth + 1)
            for flow in (f"{element}>{waits}", f"{waits}>{first}", f"{last}>{joined}"):
                self._flow(flow)
        return element, joined

    def _sub(self, element: str, depth: int) -> tuple[str, str]:
        self._bodies.append([])
        self._flows.append([])
        begins, ends = self._name(), self._name()
        first, last = self._sequence(depth + 1)
        body, flows = "".join(self._bodies.pop()), self._flows.pop()
        ended = end(ends, self._random.choice([None, None, "terminate"]))
        self._add(sub(element, start(begins) + body + ended, "; ".join([f"{begins}>{first}", *flows, f"{last}>{ends}"])))
        return element, element

    def _watched(self, element: str, depth: int) -> tuple[str, str]:
        (self._sub if self._random.random() < 0.4 else self._user)(element, depth)
        event = self._random.choice(["message", "signal", "duration", "cycle", "condition"])
        interrupting = event != "cycle" and self._random.random() < 0.5
        watch, gone = self._name(), self._name()
        self._add(boundary(element, event, watch, interrupting=interrupting))
        self._add(end(gone))
        first, last = self._sequence(depth + 1)
        self._flow(f"{watch}>{first}")
        self._flow(f"{last}>{gone}")
        return element, element

    def _name(self) -> str:
        self._count += 1
        return f"n{self._count}"

    def _add(self, text: str) -> str:
        self._bodies[-1].append(text)
        return text.partition('id="')[2].partition('"')[0]

    def _flow(self, text: str) -> None:
        self._flows[-1].append(text)
