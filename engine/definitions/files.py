"""What an uploaded file is: a diagram, a decision table or a form, told by its content and never by its name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from lxml import etree

from engine.definitions.xml import BPMN, DMN_NAMESPACES, MAX_BYTES, XmlRefused, decode, namespace, parse_safely

Form: TypeAlias = Mapping[str, Any]
MAX_JSON_DEPTH = 40


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was uploaded."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is none of the three; `rule` and the two sentences say why."""

    file: str
    rule: str
    message: str
    message_en: str


@dataclass(frozen=True, slots=True)
class BpmnFile:
    """A BPMN 2.0 file."""

    file: str
    content: bytes
    root: etree._Element


@dataclass(frozen=True, slots=True)
class DmnFile:
    """A DMN file, of any of the versions that its namespace may name."""

    file: str
    content: bytes
    root: etree._Element


@dataclass(frozen=True, slots=True)
class FormFile:
    """A form in form-js' shape."""

    file: str
    content: bytes
    form: Form


Read: TypeAlias = BpmnFile | DmnFile | FormFile | Unreadable


def read(source: SourceFile) -> Read:
    """Tell what a file is; any bytes get an answer."""
    try:
        if _looks_like_json(source):
            return _read_form(source)
        root = parse_safely(source.content)
    except XmlRefused as refusal:
        return Unreadable(source.name, refusal.rule, refusal.chinese, refusal.english)
    found = namespace(root)
    if root.tag == BPMN + "definitions":
        return BpmnFile(source.name, source.content, root)
    if found in DMN_NAMESPACES:
        return DmnFile(source.name, source.content, root)
    return Unreadable(
        source.name,
        "unknown-file",
        f"既不是 BPMN 2.0 流程图，也不是 DMN 决策表（根元素 {str(root.tag)[:120]}）。",
        f"This is neither a BPMN 2.0 diagram nor a DMN decision table (root element {str(root.tag)[:120]}).",
    )


def _looks_like_json(source: SourceFile) -> bool:
    start = source.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return start in (b"{", b"[") or (source.name.lower().endswith((".json", ".form")) and start != b"<")


def _read_form(source: SourceFile) -> FormFile | Unreadable:
    if len(source.content) > MAX_BYTES:
        raise XmlRefused("too-large", f"文件超过 {MAX_BYTES // 1_000_000} MB。", f"The file is over {MAX_BYTES // 1_000_000} MB.")
    try:
        form = json.loads(decode(source.content))
    except (ValueError, RecursionError) as error:
        return Unreadable(source.name, "not-json", f"不是合法的 JSON（{error}）。", f"It is not valid JSON ({error}).")
    if not isinstance(form, dict) or not isinstance(form.get("components"), list) or _too_deep(form):
        return Unreadable(source.name, "not-a-form", "JSON 文件不是表单（缺少 components 列表）。", "This JSON has no list of components.")
    return FormFile(source.name, source.content, form)


def _too_deep(value: Any, left: int = MAX_JSON_DEPTH) -> bool:
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_too_deep(item, left - 1) for item in items)
