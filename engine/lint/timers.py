"""Rules about timers: quotes, ISO 8601, and cycles with an end (pitfalls 7 and 13 of `engine.md`)."""

import ast
import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from engine.definitions import starts
from engine.definitions.diagram import Node, Scope, properties
from engine.definitions.xml import local_name
from engine.errors import Invalid
from engine.lint.catalogue import Catalogue
from engine.lint.expressions import bad_expression
from engine.lint.findings import WARNING, Finding, Rule
from engine.lint.texts import content
from engine.timers import periodic

MOST_CYCLES = 100

NO_TIME = Rule(
    "timer-empty",
    "定时器 {id} 必须恰好有 timeDate、timeDuration、timeCycle 之一。",
    "The timer {id} needs exactly one of timeDate, timeDuration and timeCycle.",
    "在属性面板中填写时间。",
    "Fill in the time in the properties panel.",
)
UNQUOTED = Rule(
    "timer-unquoted",
    "定时器的 {text} 没有引号，会被当作变量名，运行时才失败。",
    "The timer's {text} has no quotes: it is read as the name of a variable and fails only when it runs.",
    '写成 "{text}"，带英文引号。',
    'Write "{text}" with the quotes.',
)
NOT_ISO = Rule(
    "timer-not-iso",
    "{text} 不是 ISO 8601 的{what}。",
    "{text} is no {what_en} of ISO 8601.",
    '例如："PT30M"（30 分钟）、"2027-01-01T08:00:00+08:00"、"R3/PT30M"（三次）。',
    'Examples: "PT30M" (30 minutes), "2027-01-01T08:00:00+08:00", "R3/PT30M" (three times).',
)
NO_ZONE = Rule(
    "timer-no-zone",
    "{text} 没有时区。",
    "{text} has no time zone.",
    "加上时区，例如 +08:00。",
    "Add the zone, such as +08:00.",
    WARNING,
)
UNBOUNDED = Rule(
    "timer-unbounded",
    "循环 {text} 没有次数上限或超过 {most} 次，任务会无限增长。",
    "The cycle {text} has no bound, or one above {most}: its tasks would grow without end.",
    '写明次数，例如 "R3/PT30M"。',
    'Say how often, such as "R3/PT30M".',
)
MISPLACED_CYCLE = Rule(
    "timer-cycle-place",
    "循环定时只能用于非中断的边界事件，{id} 不是。",
    "A cycle works on a non-interrupting boundary event only, and {id} is none.",
    "改用 timeDuration，或把边界事件设为非中断。",
    "Use timeDuration, or make the boundary event non-interrupting.",
)

BAD_INTERVAL = Rule(
    "bad-interval",
    "定时启动的 {text} 不是带时区的时刻或重复区间：{why}",
    "The start by time {text} is neither a moment with a time zone nor a repeating interval with a start: {why}",
    "例如 R/2026-01-01T02:30:00+08:00/P1D（每天 02:30）；开始事件上写成带引号的 timeCycle 或 timeDate。",
    "For example R/2026-01-01T02:30:00+08:00/P1D (each day at 02:30); on a start event as a quoted timeCycle or timeDate.",
)
TWO_INTERVALS = Rule(
    "two-intervals",
    "{id} 既有定时开始事件，又有属性 startEvery。",
    "{id} has both a timer start event and the property startEvery.",
    "只留一个。",
    "Keep one of them.",
)
UNSEEN_LIMIT = Rule(
    "unseen-limit",
    "任务 {id} 有定时器，却没有时限 sla：办理人看不到时限，任务箱也不按它排序。",
    "The task {id} has a timer but no sla: nobody sees the limit, and the inbox is not sorted by it.",
    "加上属性 sla，例如 PT30M，或定时器所用的表达式。",
    "Give it the property sla, for instance PT30M, or the timer's own expression.",
    WARNING,
)

_KINDS = {"timeDate": ("日期时间", "date and time"), "timeDuration": ("时长", "duration"), "timeCycle": ("循环", "cycle")}
_BARE = re.compile(r"(R\d*/)?P(\d|T\d)[0-9A-Z.,]*|R\d*/\S+|\d{4}-\d\d-\d\d([T ]\S*)?")
# the digits are bounded because the library walks through months one by one
_DURATION = re.compile(r"P(?=.)(\d{1,4}W|(\d{1,3}Y)?(\d{1,4}M)?(\d{1,5}D)?(T(?=.)(\d{1,6}H)?(\d{1,7}M)?(\d{1,8}([.,]\d{1,6})?S)?)?)")
_CYCLE = re.compile(r"R(-?\d{0,9})/([^/]+)(?:/([^/]+))?")


def check(process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Check the timers of a process and of the sub-processes inside it, and the interval at which it starts by itself."""
    interval = properties(process.element).get("startEvery")
    if interval is not None:
        yield from _interval(process.id, interval)
    for start in process.of_kind("startEvent"):
        for event, kind in zip(start.events, start.event_kinds, strict=True):
            if kind == "timer":
                yield from _interval(start.id, starts.literal(event), content(event))
                if interval is not None:
                    yield TWO_INTERVALS.at(start.id, id=process.id)
    for node in process.all_nodes():
        for event, kind in zip(node.events, node.event_kinds, strict=True):
            if kind == "timer" and node.kind != "startEvent":
                yield from _timer(node, event, catalogue)
    for scope in process.all_scopes():
        yield from _unseen(scope)


def _unseen(scope: Scope) -> Iterator[Finding]:
    for host, events in scope.boundaries.items():
        task = scope.nodes.get(host)
        if task is None or task.kind != "userTask" or task.properties.get("sla"):
            continue
        if any("timer" in event.event_kinds for event in events):
            yield UNSEEN_LIMIT.at(host, id=host)


def _interval(element_id: str, interval: str | None, shown: str = "") -> Iterator[Finding]:
    try:
        periodic.parse(interval or "")
    except Invalid as error:
        yield BAD_INTERVAL.at(element_id, text=interval or shown, why=error.message)


def _timer(node: Node, event: etree._Element, catalogue: Catalogue) -> Iterator[Finding]:
    times = [child for child in event if local_name(child) in _KINDS]
    if len(times) != 1 or not content(times[0]):
        yield NO_TIME.at(node.id, id=node.id)
        return
    kind, text = local_name(times[0]), content(times[0])
    if kind == "timeCycle" and (node.kind != "boundaryEvent" or node.interrupting):
        yield MISPLACED_CYCLE.at(node.id, id=node.id)
    if _BARE.fullmatch(text):
        yield UNQUOTED.at(node.id, text=text)
        return
    found = list(bad_expression(node.id, text, catalogue))
    yield from found
    if not found:
        yield from _value(node, kind, text, catalogue)


def _value(node: Node, kind: str, text: str, catalogue: Catalogue) -> Iterator[Finding]:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        # computed when it runs; a cycle that is put together from parts could be of any length
        if kind == "timeCycle" and not _is_call(text, catalogue):
            yield UNBOUNDED.at(node.id, text=text, most=MOST_CYCLES)
        return
    what, what_en = _KINDS[kind]
    if not isinstance(value, str) or not _is_iso(kind, value):
        yield NOT_ISO.at(node.id, text=text, what=what, what_en=what_en)
    elif kind == "timeCycle":
        bound = _CYCLE.fullmatch(value)
        if bound is None or not bound[1].isdigit() or not 0 < int(bound[1]) <= MOST_CYCLES:
            yield UNBOUNDED.at(node.id, text=text, most=MOST_CYCLES)
    elif kind == "timeDate" and datetime.fromisoformat(value).tzinfo is None:
        yield NO_ZONE.at(node.id, text=text)


def _is_call(text: str, catalogue: Catalogue) -> bool:
    body = ast.parse(text.strip(), mode="eval").body
    return isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id in catalogue.functions


def _is_iso(kind: str, value: str) -> bool:
    """By the standard's grammar, and by the library's own reading of it."""
    cycle = _CYCLE.fullmatch(value)
    if kind == "timeDuration":
        well_formed = _DURATION.fullmatch(value) is not None
    elif kind == "timeDate":
        well_formed = _is_moment(value)
    else:
        well_formed = cycle is not None and all(_DURATION.fullmatch(part) or _is_moment(part) for part in cycle.groups()[1:] if part)
    if not well_formed:
        return False
    try:
        if kind == "timeDuration":
            TimerEventDefinition.parse_iso_duration(value)
        elif kind == "timeCycle":
            TimerEventDefinition.parse_iso_recurring_interval(value)
    except Exception:  # the library raises bare exceptions
        return False
    return True


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return "T" in value
