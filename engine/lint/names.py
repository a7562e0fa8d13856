"""Rules about names: ids that the library keeps for itself, names that functions have, variables that clash."""

import keyword
import re
from collections import Counter
from collections.abc import Iterator

from engine.definitions.diagram import Node, Scope, properties
from engine.definitions.xml import BPMN, SPIFF
from engine.lint.catalogue import Catalogue
from engine.lint.findings import WARNING, Finding, Rule
from engine.lint.texts import content

RESERVED_ID = Rule(
    "reserved-id",
    "id {id} 与引擎内部的名字冲突：流程会提前结束或无法启动。",
    "The id {id} collides with a name inside the engine: the process would end early or not start.",
    "换一个 id。",
    "Choose another id.",
)
RESERVED_NAME = Rule(
    "reserved-name",
    "{name} 是函数名，不能用作{what}。",
    "{name} is the name of a function and cannot be {what_en}.",
    "换一个名字。",
    "Choose another name.",
)
BAD_NAME = Rule(
    "bad-name",
    "{name} 不能用作{what}：要以字母开头，只含字母、数字和下划线，且不是 Python 关键字。",
    "{name} cannot be {what_en}: it must start with a letter, hold letters, digits and underscores only, and be no Python keyword.",
    "换一个名字，例如 review_result。",
    "Choose another name, such as review_result.",
)
BAD_KEY = Rule(
    "bad-key",
    "{key} 不能用作{what}：只能含 ASCII 字母、数字、点、下划线和连字符，以字母开头，最多 80 个字符。",
    "{key} cannot be {what_en}: it may hold ASCII letters, digits, dots, underscores and hyphens, start with a letter, 80 at most.",
    "换一个名字，例如 work_order。",
    "Choose another one, such as work_order.",
)
CLASH = Rule(
    "variable-clash",
    "变量 {name} 与用户任务同名，会覆盖它的答案。",
    "The variable {name} has the name of a user task and would overwrite its answers.",
    "换一个变量名。",
    "Choose another variable name.",
)
UNNAMED = Rule(
    "unnamed",
    "{what}没有名称，{why}。",
    "The {what_en} has no name, {why_en}.",
    "写上名称。",
    "Give it a name.",
    WARNING,
)
UNKNOWN_PROPERTY = Rule(
    "unknown-property",
    "属性 {name} 没有意义。",
    "The property {name} means nothing here.",
    "可用的属性：{known}。",
    "The properties that exist here: {known}.",
    WARNING,
)

KEY = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,79}")
_VARIABLE = re.compile(r"[^\W\d_]\w{0,79}")
_LIBRARY = re.compile(r"Start|End|Root|StartEventSplit|StartEventJoin|.*\.(EndJoin|BoundaryEventSplit|BoundaryEventJoin)")
_PROCESS_PROPERTIES = ("startMessages", "startEvery", "closedLoop")
_TASK_PROPERTIES = ("formKey", "candidateGroups", "assignee", "sla", "priority", "feedback")
_OTHER_PROPERTIES = ("feedback",)


def check(process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check the names of a process and of all inside it."""
    if process.id and not KEY.fullmatch(process.id):
        yield BAD_KEY.at(process.id, key=process.id, what="流程的键", what_en="the key of a process")
    yield from _properties(process.id, properties(process.element), _PROCESS_PROPERTIES)
    tasks = {node.id for node in process.all_nodes() if node.kind == "userTask"}
    for scope in process.all_scopes():
        for node in scope.nodes.values():
            yield from _id(node, catalogue)
            yield from _name(node, top=scope is process)
            yield from _properties(node.id, node.properties, _TASK_PROPERTIES if node.kind.endswith("Task") else _OTHER_PROPERTIES)
            for variable, what, what_en in _variables(node):
                yield from bad_variable(node.id, variable, what, what_en, catalogue)
                if variable in tasks:
                    yield CLASH.at(node.id, name=variable)


def bad_variable(element_id: str | None, name: str, what: str, what_en: str, catalogue: Catalogue) -> Iterator[Finding]:
    """Whether a name can be a process variable, a field or an output."""
    if catalogue.is_function(name):
        yield RESERVED_NAME.at(element_id, name=name, what=what, what_en=what_en)
    elif not _VARIABLE.fullmatch(name) or keyword.iskeyword(name) or name == "data_objects":
        yield BAD_NAME.at(element_id, name=name, what=what, what_en=what_en)


def _id(node: Node, catalogue: Catalogue) -> Iterator[Finding]:
    if _LIBRARY.fullmatch(node.id):
        yield RESERVED_ID.at(node.id, id=node.id)
    elif node.kind == "userTask" and node.id:
        # its answers are the process variable of this name
        yield from bad_variable(node.id, node.id, "用户任务的 id", "the id of a user task", catalogue)
    elif catalogue.is_function(node.id):
        yield RESERVED_NAME.at(node.id, name=node.id, what="元素的 id", what_en="the id of an element")


def _name(node: Node, top: bool) -> Iterator[Finding]:
    if node.name:
        return
    if node.kind in ("userTask", "manualTask"):
        yield UNNAMED.at(node.id, what="任务", what_en="task", why="待办中无法辨认", why_en="so people cannot tell it in the inbox")
    if node.kind == "endEvent" and top:
        yield UNNAMED.at(node.id, what="结束事件", what_en="end event", why="办理结果将是空的", why_en="so the outcome will be empty")


def _properties(element_id: str, found: dict[str, str], known: tuple[str, ...]) -> Iterator[Finding]:
    for name in sorted(found.keys() - set(known)):
        yield UNKNOWN_PROPERTY.at(element_id, name=name, known=", ".join(known))


def _variables(node: Node) -> Iterator[tuple[str, str, str]]:
    operator = node.extension("serviceTaskOperator")
    if operator is not None and operator.get("resultVariable"):
        yield operator.get("resultVariable", ""), "结果变量", "a result variable"
    if node.events or node.kind in ("sendTask", "receiveTask"):
        for variable in node.element.iter(SPIFF + "messageVariable"):
            yield content(variable), "消息变量", "a message variable"
    for loop in node.element.iterchildren(BPMN + "multiInstanceLoopCharacteristics"):
        for tag in ("inputDataItem", "outputDataItem"):
            for item in loop.iterchildren(BPMN + tag):
                yield item.get("id", ""), "多实例的变量", "a variable of a multi-instance"


def repeated(names: list[str]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, count in Counter(names).items() if count > 1]
