"""Rules about expressions: the closed grammar, other vendors' languages, and answers that no form gives."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions.diagram import Scope
from engine.expressions import problems, uses
from engine.lint.calls import reached_from
from engine.lint.catalogue import Catalogue
from engine.lint.findings import WARNING, Finding, Rule
from engine.lint.texts import TIMER, expressions_of

EXPRESSION = Rule(
    "expression",
    "表达式 {text} 有误：{problem}",
    "The expression {text} is wrong: {problem_en}",
    "只用流程变量、登记过的函数和 Python 的比较与运算。",
    "Use process variables, registered functions and Python's comparisons and operators only.",
)
FOREIGN = Rule(
    "foreign-expression",
    "{text} 是其他引擎的表达式（{language}），这里不会执行。",
    "{text} is another engine's expression ({language}) and would not be evaluated here.",
    '改写为 Python 表达式，例如 field("review", "decision") == "dispatch"。',
    'Write it as a Python expression, such as field("review", "decision") == "dispatch".',
)
UNKNOWN_TASK = Rule(
    "unknown-task",
    "表达式 {text} 引用的用户任务 {task} 不在本流程及其调用的流程中。",
    "The expression {text} asks the user task {task}, which is neither in this process nor in one it calls.",
    "核对任务的 id；若由调用方流程提供则可忽略。",
    "Check the task's id; ignore this if a calling process provides it.",
    WARNING,
)
UNKNOWN_FIELD = Rule(
    "unknown-field",
    "表达式 {text} 引用的字段 {key} 不在任务 {task} 的表单 {form} 中。",
    "The expression {text} asks for the field {key}, which the form {form} of the task {task} does not have.",
    "改用表单中的字段名，或在表单中加上该字段。",
    "Use a key of the form, or add the field to the form.",
)
KEPT_FIELD = Rule(
    "kept-field",
    "字段 {task}.{key} 只存入档案（keep: record），流程数据中恒为空。",
    "The field {task}.{key} is kept in the record only (keep: record): in process data it is always empty.",
    "条件中改用不涉及个人信息的字段。",
    "Use a field without personal data in conditions.",
    WARNING,
)


def check(process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check all expressions of a process; timers' grammar is the timer rules' affair."""
    tasks = _user_tasks(process, catalogue)
    for text in expressions_of(process):
        if text.where != TIMER:
            yield from bad_expression(text.element_id, text.text, catalogue)
        yield from _answers(text.element_id, text.text, tasks, catalogue)


def bad_expression(element_id: str | None, text: str, catalogue: Catalogue) -> Iterator[Finding]:
    """The findings for one expression."""
    language = foreign_language(text)
    if language:
        yield FOREIGN.at(element_id, text=text, language=language)
        return
    for problem in problems(text, catalogue.functions):
        yield EXPRESSION.at(element_id, text=text, problem=problem.message, problem_en=problem.message_en)


def foreign_language(text: str) -> str | None:
    """The language of another vendor's engine that an expression is written in."""
    if "${" in text or "#{" in text:
        return "JUEL"
    return "FEEL" if text.startswith("=") and not text.startswith("==") else None


def _answers(element_id: str, text: str, tasks: Mapping[str, str], catalogue: Catalogue) -> Iterator[Finding]:
    used = uses(text)
    for task in sorted(used.tasks - tasks.keys()):
        yield UNKNOWN_TASK.at(element_id, text=text, task=task)
    for task, key in sorted(used.fields):
        form = catalogue.forms.get(tasks.get(task, ""))
        if form is None:
            continue
        components = {item.get("key"): item for item in _components(form)}
        if key not in components:
            yield UNKNOWN_FIELD.at(element_id, text=text, task=task, key=key, form=tasks[task])
        elif components[key].get("keep") == "record":
            yield KEPT_FIELD.at(element_id, task=task, key=key)


def _components(form: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for item in form["components"] if isinstance(item, dict)]


def _user_tasks(process: Scope, catalogue: Catalogue) -> dict[str, str]:
    tasks: dict[str, str] = {}
    for one in (*reached_from(process, catalogue).values(), process):
        tasks |= {node.id: node.properties.get("formKey", "") for node in one.all_nodes() if node.kind == "userTask"}
    return tasks
