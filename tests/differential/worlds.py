"""What diagrams call while they are walked: operations and functions that answer anything, but always the same for the same seed."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

from engine import clock
from engine.context import Context
from engine.registry import BpmnError, Function, Operation, Registry

Arities = Mapping[str, list[int]]

GROUPS = ("unit_group", "unit_leader_group")
DURATIONS = ("review_limit",)
CYCLES = ("ack_cycle",)
COUNTS = ("visit_tries", "reply_tries", "redo_count", "open_orders", "orders_count")
FACTS = ("case_fact", "order_fact", "request_text", "caller_number", "elder_sheet", "who_comes")
RESULTS = ("satisfied", "unsatisfied", "unconfirmed", "unreached")
ERROR = "E1"


class World:
    """The operations and functions of one walk. `log` lists the operations in the order in which they were called.

    An operation's answer depends on the seed, its element and how often it was called there; a function's on the seed, its
    arguments and the `act` of the walk, however often it is asked within it.
    """

    def __init__(self, seed: str, functions: Arities, operations: list[str]) -> None:
        self.seed = seed
        self.act = 0
        self.log: list[list[Any]] = []
        self._called: Counter[str] = Counter()
        self.registry = Registry()
        for name, (least, most) in functions.items():
            self.registry.functions[name] = Function(name, self._function(name), (least, most))
        for name in operations:
            self.registry.operations[name] = Operation(name, self._operation(name))

    def _function(self, name: str) -> Any:
        def answer(_context: Context, *arguments: Any) -> Any:
            return _value(name, Random(f"{self.seed}|{self.act}|{name}|{arguments}"))

        return answer

    def _operation(self, name: str) -> Any:
        def perform(context: Context, **parameters: Any) -> Any:
            place = f"{name}|{context.element_id}"
            self._called[place] += 1
            self.log.append([name, context.element_id, json.dumps(parameters, sort_keys=True, default=str)])
            return _result(name, Random(f"{self.seed}|{place}|{self._called[place]}"))

        return perform


def _value(name: str, random: Random) -> Any:
    if name in GROUPS:
        return "unit:water"
    if name in DURATIONS:
        return random.choice(["PT2H", "P1D"])
    if name in CYCLES:
        return "R3/PT30M"
    if name in COUNTS:
        return random.randrange(4)
    if name in FACTS:
        return random.choice([None, True, False, "water", "complaint", "phone"])
    # everything else that the city's diagrams ask is a moment
    return (clock.now() + timedelta(hours=random.randrange(1, 90))).isoformat()


def _result(name: str, random: Random) -> Any:
    if name == "wo.create":
        units = ("water", "urban", "housing")[: random.randrange(1, 4)]
        return [{"work_order": f"W{place}", "unit": unit, "role": "lead"} for place, unit in enumerate(units)]
    if name == "test.fail":
        raise BpmnError(ERROR, "on purpose")
    return {
        "count": random.randrange(3),
        "packed": random.randrange(2),
        "review": random.random() < 0.5,
        "lead": "water",
        "assist": ["urban"][: random.randrange(2)],
        "due": (clock.now() + timedelta(hours=random.randrange(1, 90))).isoformat(),
        "calendar": "work",
        "ack_minutes": 30,
        "level": random.randrange(4),
        "result": random.choice(RESULTS),
        "reached": random.random() < 0.5,
        "available": random.random() < 0.5,
        "connected": random.random() < 0.5,
        "merged": random.random() < 0.2,
        "known": True,
        "case_no": "C1",
        "call_id": "K1",
        "device": "P1",
        "devices": ["P1"],
        "agent": random.choice([None, "agent1"]),
        "urgency": random.choice(["normal", "urgent", "critical"]),
        "class_l1": "市政设施",
        "area": "A1",
        "kind": "complaint",
    }
