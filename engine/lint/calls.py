"""Which processes a process comes to call, as the uploaded and the deployed files stand."""

from collections.abc import Iterable

from engine.definitions.diagram import Scope, read
from engine.definitions.xml import XmlRefused, parse_safely
from engine.lint.catalogue import Catalogue


def called_by(process: Scope) -> set[str]:
    """The keys that a process's call activities name."""
    return {node.element.get("calledElement", "") for node in process.all_nodes() if node.kind == "callActivity"} - {""}


def reached_from(process: Scope, catalogue: Catalogue) -> dict[str, Scope]:
    """Every known process that a process comes to call, by key."""
    return _walk(called_by(process), catalogue)


def reached(key: str, catalogue: Catalogue) -> dict[str, Scope]:
    """A process by key with every known process that it comes to call."""
    return _walk({key}, catalogue)


def _walk(keys: Iterable[str], catalogue: Catalogue) -> dict[str, Scope]:
    found: dict[str, Scope] = {}
    waiting = sorted(keys)
    while waiting:
        key = waiting.pop()
        content = catalogue.processes.get(key)
        if key in found or content is None:
            continue
        try:
            processes = read(parse_safely(content)).processes
        except XmlRefused:
            continue
        for process in processes:
            if process.id == key:
                found[key] = process
                waiting.extend(sorted(called_by(process)))
    return found
