"""One run of the linter over the files of an upload."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from engine.definitions.diagram import Diagram, Scope
from engine.definitions.diagram import read as read_diagram
from engine.definitions.files import BpmnFile, DmnFile, FormFile, Read, SourceFile, Unreadable, read
from engine.definitions.models import DECISION, PROCESS
from engine.definitions.parts import Part, parts
from engine.lint import (
    across,
    activities,
    closed_loop,
    events,
    expressions,
    flows,
    forms,
    gateways,
    messages,
    names,
    parsing,
    signals,
    tables,
    timers,
    tokens,
    whole_file,
)
from engine.lint.catalogue import Catalogue
from engine.lint.findings import Finding, Rule

log = logging.getLogger(__name__)

MAX_FILES = 300
MOST_FINDINGS = 200
"""Of one file; a big foreign export has thousands, and the first ones say enough."""

TOO_MANY_FILES = Rule(
    "too-many-files",
    "一次最多上传 {most} 个文件，这里有 {count} 个。",
    "At most {most} files can be uploaded at once; here are {count}.",
    "分几次上传。",
    "Upload them in parts.",
)
NO_FILES = Rule("no-files", "没有文件。", "There are no files.", "选择要上传的文件。", "Choose the files to upload.")
UNREADABLE = "请上传 BPMN 2.0 流程图、DMN 决策表或表单 JSON。", "Upload a BPMN 2.0 diagram, a DMN decision table or a form's JSON."
NOT_CHECKED = Rule(
    "not-checked",
    "检查程序自身出错，无法判断这个文件。",
    "The check itself failed over this file, so nothing can be said about it.",
    "请把文件交给管理员。",
    "Give the file to the administrator.",
)


def run(files: Sequence[SourceFile], catalogue: Catalogue) -> list[Finding]:
    """Everything that is wrong with some files, errors first within each; any bytes get an answer, never an exception."""
    if not files:
        return [NO_FILES.at(None)]
    if len(files) > MAX_FILES:
        return [TOO_MANY_FILES.at(None, most=MAX_FILES, count=len(files))]
    found = [read(file) for file in files]
    defined = [part for file in found for part in parts(file)]
    everything = _with_upload(catalogue, found, defined)
    findings: list[Finding] = []
    between = list(across.check(defined, catalogue))
    for file in found:
        own = [*_safely(_check, file, everything), *(finding for finding in between if finding.file == file.file)]
        own = [replace(finding, file=file.file) for finding in dict.fromkeys(own)]
        if not any(finding.is_error for finding in own):
            own += [replace(finding, file=file.file) for finding in _safely(_parse, file, everything)]
        findings += sorted(own, key=lambda finding: not finding.is_error)[:MOST_FINDINGS]
    return findings


def _check(file: Read, catalogue: Catalogue) -> Iterator[Finding]:
    if isinstance(file, Unreadable):
        yield Finding(file.file, None, file.rule, "error", file.message, file.message_en, *UNREADABLE)
    elif isinstance(file, DmnFile):
        yield from tables.check(file, catalogue)
    elif isinstance(file, FormFile):
        yield from forms.check(file, catalogue)
    else:
        diagram = read_diagram(file.root)
        whole = list(whole_file.check(diagram))
        yield from whole
        if not any(finding.rule == whole_file.TOO_MANY_NODES.id for finding in whole):
            for process in diagram.processes[:1] if not diagram.executable else diagram.executable[:1]:
                yield from _check_process(diagram, process, catalogue)
            yield from signals.check(diagram, catalogue)
            yield from parsing.check_schema(file)


def _check_process(diagram: Diagram, process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    for theme in (activities, closed_loop, expressions, flows, gateways, names, timers, tokens):
        yield from theme.check(process, catalogue)
    yield from events.check(diagram, process, catalogue)
    yield from messages.check(diagram, process, catalogue)


def _parse(file: Read, catalogue: Catalogue) -> Iterator[Finding]:
    if isinstance(file, BpmnFile):
        for process in read_diagram(file.root).executable:
            yield from parsing.check_process(file, process, catalogue)
    elif isinstance(file, DmnFile):
        yield from parsing.check_decision(file)


def _safely(check: Callable[[Read, Catalogue], Iterable[Finding]], file: Read, catalogue: Catalogue) -> list[Finding]:
    try:
        return list(check(file, catalogue))
    except Exception:  # a file that breaks a rule must not break the upload
        log.exception("the linter failed over %s", file.file)
        return [NOT_CHECKED.at(None)]


def _with_upload(catalogue: Catalogue, found: Sequence[Read], defined: Sequence[Part]) -> Catalogue:
    return catalogue.knowing(
        processes={part.key: part.content for part in defined if part.kind == PROCESS},
        decisions={part.key: part.content for part in defined if part.kind == DECISION},
        forms={str(file.form.get("id")): file.form for file in found if isinstance(file, FormFile)},
    )
