"""The last rule: the library itself must take the files, its BPMN schema included, with all that a process calls."""

import warnings
from collections.abc import Iterator, Mapping
from copy import deepcopy

from lxml import etree
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.spiff.parser.process import VALIDATOR

from engine.definitions import starts
from engine.definitions.diagram import Scope
from engine.definitions.files import BpmnFile, DmnFile
from engine.definitions.parts import DECISIONS, parts
from engine.definitions.xml import BPMN, parse_safely
from engine.lint.calls import reached_from
from engine.lint.catalogue import Catalogue
from engine.lint.findings import Finding, Rule
from engine.spiff.scripting import Parser

SCHEMA = Rule(
    "schema",
    "不符合 BPMN 2.0 的格式：{reason}",
    "It does not follow the schema of BPMN 2.0: {reason}",
    "在设计器中打开并重新保存。",
    "Open it in the designer and save it again.",
)
REFUSED = Rule(
    "engine-refuses",
    "引擎不接受：{reason}",
    "The engine refuses it: {reason}",
    "按所示元素修改；与支持的写法对照用户手册。",
    "Change the element named; the manual shows what is supported.",
)


def check_schema(file: BpmnFile) -> Iterator[Finding]:
    """Check a diagram against the BPMN 2.0 schema."""
    root = deepcopy(file.root)
    VALIDATOR.preprocess(root)
    try:
        VALIDATOR.validator.assertValid(root)
    except etree.DocumentInvalid as invalid:
        error = next(iter(invalid.error_log))  # type: ignore[call-overload]  # the stubs do not know that it is a list
        yield SCHEMA.at(_at_path(root, error.path), reason=error.message.replace(BPMN, "bpmn:"))


def check_process(file: BpmnFile, process: Scope, catalogue: Catalogue) -> Iterator[Finding]:
    """Parse a process as the engine will, with the processes it calls and the decisions they take."""
    called = reached_from(process, catalogue)
    parser = Parser(validator=VALIDATOR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parser.add_bpmn_xml(_as_run(deepcopy(file.root)), file.file)
            for key in called:
                parser.add_bpmn_xml(_as_run(parse_safely(catalogue.processes[key])), key)
            for decision in _decisions(file, called, catalogue):
                parser.add_dmn_xml(parse_safely(catalogue.decisions[decision]), decision)
            parser.get_spec(process.id)
            parser.get_subprocess_specs(process.id)
    except Exception as error:  # whatever the library raises over a file is a finding
        yield _refused(error)


def check_decision(file: DmnFile) -> Iterator[Finding]:
    """Parse a decision table as the engine will."""
    parser = Parser(validator=VALIDATOR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parser.add_dmn_xml(deepcopy(file.root), file.file)
            for dmn in parser.dmn_parsers.values():
                dmn.parse()
    except Exception as error:  # as above
        yield _refused(error)


def _as_run(root: etree._Element) -> etree._Element:
    starts.plain(root)
    return root


def _decisions(file: BpmnFile, called: Mapping[str, Scope], catalogue: Catalogue) -> list[str]:
    names: set[str] = set()
    files = [file, *(BpmnFile(key, content, parse_safely(content)) for key in called if (content := catalogue.processes[key]))]
    for one in files:
        for part in parts(one):
            names |= set(part.uses[DECISIONS])
    return sorted(names & catalogue.decisions.keys())


def _refused(error: Exception) -> Finding:
    element_id = getattr(error, "id", None) if isinstance(error, ValidationException) else None
    reason = str(error) or type(error).__name__
    return REFUSED.at(element_id, reason=reason)


def _at_path(root: etree._Element, path: str | None) -> str | None:
    """The id of the element that a validator's XPath points at, or of the nearest BPMN element around it."""
    namespaces = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    try:
        found = root.getroottree().xpath(path or "/*", namespaces=namespaces)
    except etree.XPathError:
        return None
    element = found[0] if isinstance(found, list) and found else None
    while isinstance(element, etree._Element):
        if element.get("id") and element.tag.startswith(BPMN):
            return element.get("id")
        element = element.getparent()
    return None
