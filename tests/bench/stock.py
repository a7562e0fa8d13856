"""The engine alone on a reference process (user tasks, a gateway, a timer, operations that do nothing), beside the naive stock path:
the library's own workflow, written whole with its specs as JSON and read again for each task.

`python -m tests.bench.stock` measures the stock path and prints it as JSON: a process of its own, since the engine changes the
library for the process it runs in.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

import orjson
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from tests.bench.figures import MILLI, Figure
from tests.contract.engine import diagrams as draw
from tests.fixtures.databases import SQLITE, Databases, create_tables
from tests.fixtures.host import ROOT

TASKS = 4
CASES = 192
WARM_UP = 1
"""Rounds over all cases before counting is done."""
BATCH = 64
TARGET = 0.7
ANSWERS = {"outcome": "accept", "note": None, "days": 3}
VARIABLES = {"case_no": "C1", "category": "complaint", "unit": "water", "x": 1}


def reference() -> bytes:
    """Four user tasks in turn, each with a reminder, an operation and a gateway behind it."""
    body, flows = [draw.start(), draw.end(), draw.end("reminded"), draw.user("aside")], ["aside>finish"]
    for number in range(TASKS):
        follows = f"task{number + 1}" if number < TASKS - 1 else "finish"
        reminder = draw.boundary(f"late{number}", f"task{number}", draw.timer("Duration", '"P3D"'))
        way = f'<bpmn:exclusiveGateway id="way{number}" default="way{number}_to_aside"/>'
        body += [draw.user(f"task{number}"), reminder, draw.service(f"note{number}", "test.nothing", "noted"), way]
        flows += [f"task{number}>note{number}", f"note{number}>way{number}", f"way{number}>{follows}[x == 1]"]
        flows += [f"way{number}>aside", f"late{number}>reminded"]
    return draw.document("reference", "".join(body), "; ".join(["begin>task0", *flows]))


def measure(dialect: str, databases: Databases, _directory: Path) -> Iterator[Figure]:
    """The figures of both, on SQLite alone."""
    if dialect != SQLITE:
        return
    output = subprocess.run([sys.executable, "-m", "tests.bench.stock"], cwd=ROOT, check=True, capture_output=True).stdout
    naive = orjson.loads(output.splitlines()[0])
    yield Figure("stock path, no database: CPU per completed task", SQLITE, naive["cpu"], "ms")
    yield Figure("stock path: bytes of a stored instance", SQLITE, naive["bytes"], "B")
    for name, kept, batch in (("", None, 1), (", nothing kept", 0, 1), (f", {BATCH} a commit", None, BATCH)):
        with databases.copy(SQLITE, "reference", create_tables) as url:
            cpu = mean(_engine(url, kept, batch)) * MILLI
        yield Figure(f"engine alone{name}: CPU per completed task", SQLITE, cpu, "ms", None, TARGET)


def _engine(url: str, kept: int | None, batch: int) -> Iterator[float]:
    """CPU seconds of each completed task."""
    # imported here: with them the library is changed, and this module also measures the library as it came
    from sqlalchemy import create_engine, select
    from sqlalchemy.orm import sessionmaker

    from engine import crypto, heap
    from engine.actor import SYSTEM, Actor
    from engine.db import configure
    from engine.registry import Registry
    from engine.runtime.engine import Engine
    from engine.workitems.models import OPEN, WorkItem
    from tests.contract.engine.conftest import put_process
    from tests.fixtures.databases import SECRET

    agent = Actor("agent1", frozenset({"agent"}))
    crypto.use(crypto.Cipher(SECRET))
    database = configure(create_engine(url, hide_parameters=True))
    registry = Registry(groups={"agent"})
    registry.operation("test.nothing")(lambda _context: {"done": True})
    sessions = sessionmaker(database, expire_on_commit=False)
    with sessions.begin() as session:
        put_process(session, "reference", reference())
    engine = Engine(sessions, registry) if kept is None else Engine(sessions, registry, kept)
    for number in range(CASES):
        engine.transact(SYSTEM, partial(_start, number=number))
    heap.settle()  # as a server does
    for turn in range(TASKS):
        with engine.read() as session:
            items = list(session.execute(select(WorkItem.instance_id, WorkItem.task_id).where(WorkItem.state == OPEN)))
        for first in range(0, len(items), batch):
            before = time.process_time()
            engine.transact(agent, partial(_complete, items=items[first : first + batch]))
            if turn >= WARM_UP:
                yield (time.process_time() - before) / batch
    database.dispose()


def _start(work: Any, number: int) -> None:
    work.start("reference", f"C{number}", VARIABLES)


def _complete(work: Any, items: list[Any]) -> None:
    for instance_id, task_id in items:
        work.complete(instance_id, task_id, ANSWERS)


class _Environment(TaskDataEnvironment):
    def call_service(self, *_given: Any, **_named: Any) -> str:
        """An operation that does nothing."""
        return '{"done": true}'


def naive() -> dict[str, float]:
    """CPU (ms) of each completed task and mean size (bytes) of the stored workflow on the library's own path."""
    parser = SpiffBpmnParser()
    parser.add_bpmn_str(reference())
    spec, subs = parser.get_spec("reference"), parser.get_subprocess_specs("reference")
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
    engine = PythonScriptEngine(environment=_Environment())
    cpu, sizes = [], []
    for number in range(CASES // 4):
        workflow = BpmnWorkflow(spec, subs, script_engine=engine)
        workflow.task_tree.data.update(VARIABLES)
        workflow.do_engine_steps()
        stored = serializer.serialize_json(workflow)
        for _ in range(TASKS):
            before = time.process_time()
            workflow = serializer.deserialize_json(stored)
            workflow.script_engine = engine
            (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
            task.data[task.task_spec.name] = dict(ANSWERS)
            task.run()
            workflow.do_engine_steps()
            stored = serializer.serialize_json(workflow)
            if number >= WARM_UP:
                cpu.append(time.process_time() - before)
                sizes.append(len(stored))
    return {"cpu": mean(cpu) * MILLI, "bytes": mean(sizes)}


if __name__ == "__main__":
    assert "engine.spiff.patches" not in sys.modules, "the library is not as it came"
    sys.stdout.write(orjson.dumps(naive()).decode() + "\n")
