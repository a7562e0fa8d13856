"""Rules about a BPMN file as a whole: its processes, its ids, its size, and what other vendors put into it."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from engine.definitions.diagram import FLOW_NODES, Diagram, Scope
from engine.definitions.xml import BPMN, BPMNDI, local_name, namespace
from engine.lint.findings import WARNING, Finding, Rule

MAX_NODES = 300
"""A straight process of 900 nodes recurses the library to death; people cannot read one of 100."""

NO_PROCESS = Rule(
    "no-process",
    "文件中没有流程。",
    "The file contains no process.",
    "上传含有 bpmn:process 的文件。",
    "Upload a file with a bpmn:process.",
)
NOT_EXECUTABLE = Rule(
    "no-executable-process",
    "流程 {key} 没有标为可执行（isExecutable）。",
    "The process {key} does not say that it is executable (isExecutable).",
    '在流程上设置 isExecutable="true"。',
    'Set isExecutable="true" on the process.',
)
ONE_PROCESS = Rule(
    "one-process",
    "一个文件只能有一个流程，这里还有 {key}。",
    "A file holds one process only; here is also {key}.",
    "每个流程单独成文件；只作示意的泳池去掉 processRef。",
    "Put each process into a file of its own; a pool that only illustrates needs no processRef.",
)
MISSING_ID = Rule(
    "missing-id", "有一个 {tag} 没有 id。", "A {tag} has no id.", "给每个元素一个 id。", "Give every element an id.",
)  # fmt: skip
DUPLICATE_ID = Rule(
    "duplicate-id", "id {id} 出现了 {count} 次。", "The id {id} occurs {count} times.", "改为各不相同的 id。", "Make the ids differ."
)  # fmt: skip
TOO_MANY_NODES = Rule(
    "too-many-nodes",
    "流程有 {count} 个节点，最多 {most} 个。",
    "The process has {count} nodes; {most} are the most.",
    "拆成几个流程，用调用活动连接。",
    "Split it into several processes joined by call activities.",
)
DATA_STORE = Rule(
    "data-store",
    "不支持数据存储（{tag}）：引擎会拒绝或忽略它。",
    "Data stores are not supported ({tag}): the engine refuses or ignores them.",
    "用服务任务的操作读写业务数据。",
    "Read and write business data by a service task's operation.",
)
DATA_FLOW = Rule(
    "data-association",
    "不支持数据关联（{tag}）：它会在运行时丢失流程数据。",
    "Data associations are not supported ({tag}): they lose process data when it runs.",
    "直接使用流程变量；数据对象只作图示。",
    "Use process variables; a data object may only illustrate.",
)
NO_LAYOUT = Rule(
    "no-layout",
    "文件中没有图形信息，页面上无法显示流程图。",
    "The file has no layout, so the diagram cannot be shown.",
    "在设计器中打开并保存一次。",
    "Open and save it in the designer once.",
    WARNING,
)
VENDOR = Rule(
    "vendor-extension",
    "{vendor} 的扩展（{tag}）不会被执行。",
    "The extension of {vendor} ({tag}) is not executed.",
    "在属性面板中改用本系统的表单、操作和候选组。",
    "Use this product's forms, operations and candidate groups in the properties panel.",
    WARNING,
)
CHOREOGRAPHY = Rule(
    "unsupported-element",
    "不支持 {tag}。",
    "{tag} is not supported.",
    "用流程表达。",
    "Draw it as a process.",
)

_VENDORS = {
    "http://camunda.org/schema/1.0/bpmn": "Camunda 7",
    "http://camunda.org/schema/zeebe/1.0": "Camunda 8 / Zeebe",
    "http://www.signavio.com": "Signavio",
    "http://activiti.org/bpmn": "Activiti",
    "http://flowable.org/bpmn": "Flowable",
    "http://www.bizagi.com/bpmn20": "Bizagi",
    "http://www.jboss.org/drools": "jBPM",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "",
}
_IDENTIFIED = FLOW_NODES | {"process", "sequenceFlow"}
_UNSUPPORTED = frozenset(["choreography", "globalChoreographyTask", "conversation", "callConversation", "globalScriptTask"])


def check(diagram: Diagram) -> Iterator[Finding]:
    """Check a file before its processes are looked at one by one."""
    yield from _processes(diagram)
    yield from _ids(diagram.root)
    seen_vendors: set[tuple[str, str]] = set()
    for element in diagram.root.iter():
        yield from _element(element)
        yield from _vendor(element, seen_vendors)
    if diagram.processes and diagram.root.find(BPMNDI + "BPMNDiagram") is None:
        yield NO_LAYOUT.at(None)


def _processes(diagram: Diagram) -> Iterator[Finding]:
    if not diagram.processes:
        yield NO_PROCESS.at(None)
        return
    first = (diagram.executable or diagram.processes)[0]
    if not diagram.executable:
        yield NOT_EXECUTABLE.at(first.id, key=first.id)
    for process in diagram.processes:
        if process is not first:
            yield ONE_PROCESS.at(process.id, key=process.id)
        yield from _size(process)


def _size(process: Scope) -> Iterator[Finding]:
    count = sum(1 for _ in process.all_nodes())
    if count > MAX_NODES:
        yield TOO_MANY_NODES.at(process.id, count=count, most=MAX_NODES)


def _ids(root: etree._Element) -> Iterator[Finding]:
    elements = [element for element in root.iter() if element.tag.startswith(BPMN)]
    counted = Counter(identifier for element in elements if (identifier := element.get("id")))
    for identifier, count in counted.items():
        if count > 1:
            yield DUPLICATE_ID.at(identifier, id=identifier, count=count)
    for process in root.iter(BPMN + "process"):
        for element in process.iter():
            tag = local_name(element)
            if element.tag.startswith(BPMN) and tag in _IDENTIFIED and not element.get("id"):
                yield MISSING_ID.at(_nearest_id(element), tag=tag)


def _element(element: etree._Element) -> Iterator[Finding]:
    if not element.tag.startswith(BPMN):
        return
    tag = local_name(element)
    if tag in ("dataStore", "dataStoreReference"):
        yield DATA_STORE.at(element.get("id"), tag=tag)
    elif tag in ("dataInputAssociation", "dataOutputAssociation", "ioSpecification"):
        yield DATA_FLOW.at(_nearest_id(element.getparent()), tag=tag)
    elif tag in _UNSUPPORTED:
        yield CHOREOGRAPHY.at(element.get("id"), tag=tag)


def _vendor(element: etree._Element, seen: set[tuple[str, str]]) -> Iterator[Finding]:
    names = [(namespace(element), local_name(element))]
    names += [(name[1:].partition("}")[0], name.partition("}")[2]) for name in map(str, element.attrib) if name.startswith("{")]
    for found, tag in names:
        vendor = _VENDORS.get(found)
        if vendor and (vendor, tag) not in seen and element.tag != BPMN + "definitions":
            seen.add((vendor, tag))  # each kind once: a big export would drown what matters
            yield VENDOR.at(_nearest_id(element), vendor=vendor, tag=tag)


def _nearest_id(element: etree._Element | None) -> str | None:
    while element is not None:
        if element.get("id") and element.tag.startswith(BPMN):
            return element.get("id")
        element = element.getparent()
    return None
