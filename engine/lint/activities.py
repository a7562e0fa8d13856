"""Rules about tasks and sub-processes: operations, forms, decisions, calls, loops, scripts."""

from collections.abc import Iterator

from lxml import etree

from engine.definitions.diagram import ACTIVITIES, Node, Scope, listed
from engine.definitions.xml import BPMN, SPIFF, local_name
from engine.lint.calls import reached
from engine.lint.catalogue import Catalogue
from engine.lint.findings import WARNING, Finding, Rule
from engine.lint.names import repeated
from engine.timers.durations import is_duration
from engine.workitems.models import URGENT

SCRIPT = Rule(
    "script-task",
    "{id} 含有脚本，脚本已关闭。",
    "{id} has a script; scripts are switched off.",
    "用服务任务的操作，或网关条件中的表达式。",
    "Use a service task's operation, or an expression in a gateway's condition.",
)
EVENT_SUBPROCESS = Rule(
    "event-subprocess",
    "不支持事件子流程 {id}：第一次触发就会破坏所有实例共用的定义。",
    "The event sub-process {id} is refused: its first trigger corrupts the definition that all instances share.",
    "另画一个由消息启动的小流程，或用边界事件。",
    "Draw a small process that a message starts, or use a boundary event.",
)
AD_HOC = Rule(
    "ad-hoc-subprocess",
    "不支持特别子流程 {id}。",
    "The ad-hoc sub-process {id} is not supported.",
    "改为普通子流程。",
    "Make it a plain sub-process.",
)
COMPENSATION = Rule(
    "compensation",
    "{id}：不支持补偿。",
    "{id}: compensation is not supported.",
    "用服务任务写一笔冲正。",
    "Write a reversal by a service task.",
)
TRANSACTION = Rule(
    "transaction",
    "事务子流程 {id} 不会撤销已做的步骤，取消只结束这一段。",
    "The transaction {id} undoes nothing; a cancel only ends this part.",
    "改为普通子流程，或自己画撤销的步骤。",
    "Make it a plain sub-process, or draw the steps that undo.",
    WARNING,
)
PLAIN_TASK = Rule(
    "plain-task",
    "任务 {id} 没有类型。",
    "The task {id} has no type.",
    "改为用户任务或服务任务。",
    "Make it a user task or a service task.",
)
NO_OPERATION = Rule(
    "no-operation",
    "服务任务 {id} 没有选择操作。",
    "The service task {id} names no operation.",
    "在属性面板中选择操作。",
    "Choose the operation in the properties panel.",
)
UNKNOWN_OPERATION = Rule(
    "unknown-operation",
    "没有名为 {name} 的操作。",
    "There is no operation {name}.",
    "从操作目录中选择。",
    "Choose one from the catalogue of operations.",
)
MISSING_PARAMETER = Rule(
    "missing-parameter",
    "操作 {name} 缺少参数 {parameter}。",
    "The operation {name} lacks its parameter {parameter}.",
    "填写该参数。",
    "Fill it in.",
)
UNKNOWN_PARAMETER = Rule(
    "unknown-parameter",
    "操作 {name} 没有参数 {parameter}。",
    "The operation {name} has no parameter {parameter}.",
    "可用的参数：{known}。",
    "The parameters that exist: {known}.",
)
BAD_PARAMETER = Rule(
    "bad-parameter",
    "参数 {parameter} 重复，或没有写全 id、type 和 value。",
    "The parameter {parameter} is there twice, or lacks its id, type or value.",
    "重新填写该参数。",
    "Fill it in again.",
)
NO_DECISION = Rule(
    "no-decision",
    "业务规则任务 {id} 没有选择决策表。",
    "The business rule task {id} names no decision.",
    "在属性面板中选择决策表。",
    "Choose the decision in the properties panel.",
)
UNKNOWN_DECISION = Rule(
    "unknown-decision",
    "决策表 {name} 既不在上传的文件中，也没有部署。",
    "The decision {name} is neither among the files nor deployed.",
    "一并上传该决策表，或先部署它。",
    "Upload it along, or deploy it first.",
)
NO_CALL = Rule(
    "no-called-process",
    "调用活动 {id} 没有选择流程。",
    "The call activity {id} names no process.",
    "在属性面板中选择流程。",
    "Choose the process in the properties panel.",
)
UNKNOWN_CALL = Rule(
    "unknown-process",
    "被调用的流程 {name} 既不在上传的文件中，也没有部署。",
    "The called process {name} is neither among the files nor deployed.",
    "一并上传该流程，或先部署它。",
    "Upload it along, or deploy it first.",
)
CALL_CYCLE = Rule(
    "call-cycle",
    "{id} 调用的 {name} 又会调用本流程，永远进不完。",
    "{id} calls {name}, which comes back to this process: it would never stop calling.",
    "改为用消息启动另一个实例。",
    "Start another instance by a message instead.",
)
NO_FORM = Rule(
    "no-form",
    "用户任务 {id} 没有表单。",
    "The user task {id} has no form.",
    "在属性 formKey 中写表单的 id。",
    "Name the form's id in the property formKey.",
)
UNKNOWN_FORM = Rule(
    "unknown-form",
    "表单 {name} 既不在上传的文件中，也没有部署。",
    "The form {name} is neither among the files nor deployed.",
    "一并上传该表单，或先部署它。",
    "Upload it along, or deploy it first.",
)
NO_CANDIDATES = Rule(
    "no-candidates",
    "任务 {id} 没有候选组，任何人都能办理。",
    "The task {id} has no candidate group: anybody may do it.",
    "在属性 candidateGroups 中写候选组。",
    "Name the groups in the property candidateGroups.",
    WARNING,
)
UNKNOWN_GROUP = Rule(
    "unknown-group",
    "没有候选组 {name}。",
    "There is no group {name}.",
    "可用的组：{known}。",
    "The groups that exist: {known}.",
)
BAD_SLA = Rule(
    "bad-sla",
    "时限 {text} 要写成 ISO 8601 时长，或以 = 开头的表达式。",
    "The sla {text} must be an ISO 8601 duration, or an expression that starts with =.",
    "例如 PT30M 或 =due_at()。",
    "For example PT30M or =due_at().",
)
BAD_LOOP = Rule(
    "bad-loop",
    "{id} 的循环设置不能执行：{why}。",
    "The loop of {id} cannot be run: {why_en}.",
    "多实例写 loopDataInputRef（列表变量）或 loopCardinality；顺序多实例还要输出集合。",
    "Give a multi-instance a loopDataInputRef (a list) or a loopCardinality, and a sequential one an output collection too.",
)

BAD_PRIORITY = Rule(
    "bad-priority",
    "优先级 {text} 没有意义。",
    "The priority {text} means nothing.",
    "只有 urgent：排在任务箱最前面；不急的任务不写。",
    "There is only urgent, which goes before all others in the inbox; leave it out where nothing is urgent.",
)


def check(process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check the activities of a process and of the sub-processes inside it."""
    for node in process.all_nodes():
        if node.kind not in ACTIVITIES:
            continue
        yield from _refused(node)
        yield from _loop(node)
        if node.kind == "serviceTask":
            yield from _service(node, catalogue)
        elif node.kind == "businessRuleTask":
            decision = node.extension("calledDecisionId")
            name = "" if decision is None else (decision.text or "").strip()
            if not name:
                yield NO_DECISION.at(node.id, id=node.id)
            elif name not in catalogue.decisions:
                yield UNKNOWN_DECISION.at(node.id, name=name)
        elif node.kind == "callActivity":
            yield from _call(node, process, catalogue)
        elif node.kind == "userTask":
            yield from _user(node, catalogue)
        if node.kind in ("userTask", "manualTask"):
            yield from _people(node, catalogue)


def _refused(node: Node) -> Iterator[Finding]:
    if node.kind == "scriptTask" or node.extension("preScript") is not None or node.extension("postScript") is not None:
        yield SCRIPT.at(node.id, id=node.id)
    if node.element.get("triggeredByEvent") == "true":
        yield EVENT_SUBPROCESS.at(node.id, id=node.id)
    if node.element.get("isForCompensation") == "true":
        yield COMPENSATION.at(node.id, id=node.id)
    if node.kind == "adHocSubProcess":
        yield AD_HOC.at(node.id, id=node.id)
    if node.kind == "transaction":
        yield TRANSACTION.at(node.id, id=node.id)
    if node.kind == "task":
        yield PLAIN_TASK.at(node.id, id=node.id)


def _service(node: Node, catalogue: Catalogue) -> Iterator[Finding]:
    operator = node.extension("serviceTaskOperator")
    name = "" if operator is None else operator.get("id", "")
    if operator is None or not name:
        yield NO_OPERATION.at(node.id, id=node.id)
        return
    parameters = list(operator.iter(SPIFF + "parameter"))
    given = [parameter.get("id", "") for parameter in parameters]
    for parameter in parameters:
        if not parameter.get("id") or parameter.get("type") is None or parameter.get("value") is None:
            yield BAD_PARAMETER.at(node.id, parameter=parameter.get("id", "?"))
    for twice in repeated(given):
        yield BAD_PARAMETER.at(node.id, parameter=twice)
    operation = catalogue.operations.get(name)
    if operation is None:
        yield UNKNOWN_OPERATION.at(node.id, name=name)
        return
    known = {parameter.name: parameter for parameter in operation.parameters}
    for parameter_name in given:
        if parameter_name and parameter_name not in known:
            yield UNKNOWN_PARAMETER.at(node.id, name=name, parameter=parameter_name, known=", ".join(known) or "—")
    for wanted in known.values():
        if wanted.required and wanted.name not in given:
            yield MISSING_PARAMETER.at(node.id, name=name, parameter=wanted.name)


def _call(node: Node, process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    called = node.element.get("calledElement", "")
    if not called:
        yield NO_CALL.at(node.id, id=node.id)
    elif called == process.id or process.id in reached(called, catalogue):
        yield CALL_CYCLE.at(node.id, id=node.id, name=called)
    elif called not in catalogue.processes:
        yield UNKNOWN_CALL.at(node.id, name=called)


def _user(node: Node, catalogue: Catalogue) -> Iterator[Finding]:
    form = node.properties.get("formKey", "")
    if not form:
        yield NO_FORM.at(node.id, id=node.id)
    elif form not in catalogue.forms:
        yield UNKNOWN_FORM.at(node.id, name=form)
    sla = node.properties.get("sla", "")
    if sla and not sla.startswith("=") and not is_duration(sla):
        yield BAD_SLA.at(node.id, text=sla)
    priority = node.properties.get("priority", "")
    if priority and priority != URGENT:
        yield BAD_PRIORITY.at(node.id, text=priority)


def _people(node: Node, catalogue: Catalogue) -> Iterator[Finding]:
    groups = node.properties.get("candidateGroups", "")
    if not groups and not node.properties.get("assignee"):
        yield NO_CANDIDATES.at(node.id, id=node.id)
    if not groups.startswith("="):
        for group in listed(groups):
            if not catalogue.knows_group(group):
                yield UNKNOWN_GROUP.at(node.id, name=group, known=", ".join(sorted(catalogue.groups)))


def _loop(node: Node) -> Iterator[Finding]:
    for loop in node.element:
        if local_name(loop) == "standardLoopCharacteristics":
            maximum = loop.get("loopMaximum")
            if maximum is not None and not maximum.isdigit():
                yield BAD_LOOP.at(node.id, id=node.id, why="loopMaximum 不是整数", why_en="loopMaximum is no whole number")
            if maximum is None and loop.find(BPMN + "loopCondition") is None:
                yield BAD_LOOP.at(node.id, id=node.id, why="没有条件也没有次数", why_en="it has neither a condition nor a maximum")
        elif local_name(loop) == "multiInstanceLoopCharacteristics":
            yield from _multi_instance(node, loop)


def _multi_instance(node: Node, loop: etree._Element) -> Iterator[Finding]:
    has = {local_name(child) for child in loop}
    sources = has & {"loopCardinality", "loopDataInputRef"}
    if len(sources) != 1:
        yield BAD_LOOP.at(node.id, id=node.id, why="要有集合或次数之一", why_en="it needs either a collection or a cardinality")
    if loop.get("isSequential") == "true" and "inputDataItem" in has and "loopDataOutputRef" not in has:
        yield BAD_LOOP.at(node.id, id=node.id, why="第二个会失败，缺少输出集合", why_en="the second one fails without an output collection")
    if "inputDataItem" in has and "loopDataInputRef" not in has:
        yield BAD_LOOP.at(node.id, id=node.id, why="有输入项却没有集合", why_en="it has an input item but no collection")
