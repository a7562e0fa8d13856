"""The parsed specs of a bundle: parsed once per process and bundle, shared by all its instances, never stored with one."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.task import Task
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine.definitions import starts
from engine.definitions.bundles import BundleSources, is_made_here, sources
from engine.definitions.xml import parse_safely
from engine.errors import StepFailed
from engine.spiff.scripting import Parser
from engine.spiff.traits import traits_of

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CHILD = " [child]"
KEPT = 64
"""How many bundles a process keeps parsed; the least recently used goes first."""


@dataclass(frozen=True)
class SpecBundle:
    """One version of a process with everything it calls.

    `names` gives each workflow spec its task specs in a fixed order, so that a state blob may refer to one by
    its number; `flows` knows the sequence flow between two elements of a process, `titles` the names on its diagram.
    """

    id: int
    digest: str
    process_key: str
    versions: Mapping[str, int]
    forms: Mapping[str, Mapping[str, Any]]
    spec: Any
    subs: Mapping[str, Any]
    names: Mapping[str, list[Any]] = field(repr=False)
    index: Mapping[str, Mapping[str, int]] = field(repr=False)
    flows: Mapping[str, Mapping[tuple[str, str], str]] = field(repr=False)
    titles: Mapping[str, Mapping[str, str]] = field(repr=False)

    @property
    def version(self) -> int:
        """The version of the process itself."""
        return self.versions[self.process_key]

    def title(self, element_id: str, definition: str | None = None) -> str:
        """The name an element bears on the diagram of a process (the bundle's own unless named), or its id."""
        return self.titles[definition or self.process_key].get(element_id) or element_id

    def definition_of(self, task: Task) -> str:
        """The key of the process whose diagram shows this task: the called process inside a call activity."""
        workflow = task.workflow
        while workflow.spec.name not in self.versions:
            workflow = workflow.parent_workflow
        key: str = workflow.spec.name
        return key


def element_of(task: Task) -> str | None:
    """The id of the diagram element a task stands for, None for the library's inner tasks."""
    element: str | None = task.task_spec.element
    return element


def _element(spec: Any) -> str | None:
    element: str | None = getattr(spec, "bpmn_id", None)
    if element is None and spec.name.endswith(CHILD):
        element = spec.name.removesuffix(CHILD)
    return element


def parse(parts: BundleSources) -> SpecBundle:
    """Parse a bundle's sources. They passed the linter when they were deployed, so an error here is a bug."""
    parser = Parser()
    flows: dict[str, dict[tuple[str, str], str]] = {}
    titles: dict[str, dict[str, str]] = {}
    for source in parts.bpmn:
        root = parse_safely(source)
        starts.plain(root)
        parser.add_bpmn_xml(root)
        _read_elements(root, flows, titles)
    for source in parts.dmn:
        parser.add_dmn_xml(parse_safely(source))
    spec = parser.get_spec(parts.process_key)
    subs = parser.get_subprocess_specs(parts.process_key)
    names = {workflow.name: [workflow.task_specs[name] for name in sorted(workflow.task_specs)] for workflow in (spec, *subs.values())}
    for workflow in (spec, *subs.values()):
        _connect_loops(workflow)
        for task_spec in workflow.task_specs.values():
            task_spec.element, task_spec.traits = _element(task_spec), traits_of(task_spec)
    return SpecBundle(
        id=parts.id,
        digest=parts.digest,
        process_key=parts.process_key,
        versions=parts.versions,
        forms=parts.forms,
        spec=spec,
        subs=subs,
        names=names,
        index={key: {task_spec.name: number for number, task_spec in enumerate(listed)} for key, listed in names.items()},
        flows=flows,
        titles=titles,
    )


def _read_elements(root: etree._Element, flows: dict[str, dict[tuple[str, str], str]], titles: dict[str, dict[str, str]]) -> None:
    for process in root.iterchildren(f"{BPMN}process"):
        key = process.get("id", "")
        flows[key] = {
            (one.get("sourceRef", ""), one.get("targetRef", "")): one.get("id", "") for one in process.iter(f"{BPMN}sequenceFlow")
        }
        titles[key] = {one.get("id", ""): one.get("name", "") for one in process.iter(f"{BPMN}*") if one.get("name")}


def _connect_loops(workflow: Any) -> None:
    """A parsed spec lacks the connection by which a restored multi-instance learns that a child is done (pitfall 3)."""
    for task_spec in workflow.task_specs.values():
        if isinstance(task_spec, LoopTask):
            child = workflow.task_specs[task_spec.task_spec]
            if not child.completed_event.is_connected(task_spec.merge_child):
                child.completed_event.connect(task_spec.merge_child)


class LostDefinition(StepFailed):
    """流程定义已丢失或损坏，流程无法继续，请联系管理员。 The process definition is gone or broken; please tell the administrator."""

    code = "lost-definition"


class SpecCache:
    """The parsed bundles of this process, by id."""

    def __init__(self, load: Callable[[Session, int], BundleSources] = sources) -> None:
        self._load = load
        self._kept: OrderedDict[int, SpecBundle] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, bundle_id: int, **whose: Any) -> SpecBundle:
        """The parsed bundle; reads and parses its sources when this process meets it first, or meets it before it is committed.

        Raises `LostDefinition` when they are not what was deployed, with the facts of the instance `whose` bundle it is.
        """
        with self._lock:
            bundle = self._kept.get(bundle_id)
            if bundle is not None:
                self._kept.move_to_end(bundle_id)
                return bundle
        try:
            bundle = parse(self._load(session, bundle_id))
        except DBAPIError:
            raise  # the database is away, not the definition
        except Exception as error:  # whatever was done to the rows by hand, every other process must go on
            raise LostDefinition(None, **whose) from error
        if is_made_here(session, bundle_id):
            return bundle
        with self._lock:
            self._kept[bundle_id] = bundle
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return bundle
