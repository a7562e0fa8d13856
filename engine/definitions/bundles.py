"""Bundles: the exact versions that a process runs with, which an instance pins for its life (decision 2 of `engine.md`)."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import clock
from engine.definitions import current
from engine.definitions.files import FormFile, SourceFile, read
from engine.definitions.models import DECISION, FORM, PROCESS, Bundle, Definition, DefinitionFile
from engine.definitions.parts import DECISIONS, FORMS, KIND_OF, PROCESSES, START_MESSAGES
from engine.definitions.queries import latest_published, version
from engine.errors import Conflict, NotFound

MADE = "bundles made"
"""Where a session remembers the bundles that it has made itself."""


class MissingPart(Conflict):
    """流程引用的部分尚未发布。 Something the process refers to is not published."""

    code = "missing-part"


@dataclass(frozen=True, slots=True)
class BundleSources:
    """Everything a bundle is parsed from. `versions` are those of the process and of all it calls."""

    id: int
    digest: str
    process_key: str
    versions: Mapping[str, int]
    bpmn: tuple[bytes, ...]
    dmn: tuple[bytes, ...]
    forms: Mapping[str, Mapping[str, Any]]
    start_messages: tuple[str, ...]


def latest(session: Session, process_key: str) -> int:
    """The id of the bundle that a new instance takes. Raises `NotFound` when the process has no published version."""
    found = current.of(session).bundles.get(process_key)
    if found is None:
        raise NotFound(f"流程 {process_key} 没有已发布的版本。 The process {process_key} has no published version.")
    return found


def starters(session: Session, message: str) -> list[str]:
    """The keys of the processes that a message starts, by the `startMessages` of their current bundles."""
    return list(current.of(session).starters.get(message, ()))


def sources(session: Session, bundle_id: int) -> BundleSources:
    """What a bundle is parsed from, the process's own file first. Raises `NotFound`."""
    bundle = session.get(Bundle, bundle_id)
    if bundle is None:
        raise NotFound(f"没有流程包 {bundle_id}。 There is no bundle {bundle_id}.")
    pinned = {kind: [version(session, key, number) for key, number in keys.items()] for kind, keys in bundle.parts.items()}
    pinned[PROCESS].sort(key=lambda definition: (definition.key != bundle.process_key, definition.key))
    return BundleSources(
        id=bundle.id,
        digest=bundle.digest,
        process_key=bundle.process_key,
        versions=bundle.parts[PROCESS],
        bpmn=_contents(session, pinned[PROCESS]),
        dmn=_contents(session, pinned[DECISION]),
        forms=_forms(session, pinned[FORM]),
        start_messages=tuple(bundle.start_messages),
    )


def is_made_here(session: Session, bundle_id: int) -> bool:
    """Whether a bundle was made by this session, so that nobody else may have seen it: SQLite gives its id again to another one
    when the publication is rolled back."""
    return bundle_id in session.info.get(MADE, ())


def make_current(session: Session, process_key: str) -> Bundle | None:
    """Make the bundle of a process's latest published version the current one; None when no version is published.

    The same parts give the same bundle again. Raises `MissingPart` when something it refers to is not published.
    """
    process = latest_published(session, process_key, PROCESS)
    wanted = None if process is None else _find_or_add(session, process)
    before = session.scalars(select(Bundle).where(Bundle.process_key == process_key, Bundle.current)).one_or_none()
    if wanted is before:
        return wanted
    # the old one first: the index allows one current bundle of a key at any moment
    session.execute(update(Bundle).where(Bundle.process_key == process_key, Bundle.current).values(current=False))
    if wanted is not None:
        wanted.current = True
    current.renumber(session)
    return wanted


def users(session: Session, keys: set[str]) -> list[str]:
    """The processes whose current bundle contains one of some definitions, whatever their kind; by key."""
    query = select(Bundle.process_key, Bundle.parts).where(Bundle.current).order_by(Bundle.process_key)
    return [process for process, parts in session.execute(query) if keys & {key for kind in parts.values() for key in kind}]


def _find_or_add(session: Session, process: Definition) -> Bundle:
    parts: dict[str, dict[str, int]] = {PROCESS: {}, DECISION: {}, FORM: {}}
    digests = []
    for definition in _reach(session, process):
        parts[definition.kind][definition.key] = definition.version
        digests.append([definition.kind, definition.key, definition.version, definition.digest])
    digest = hashlib.sha256(json.dumps([process.key, sorted(digests)]).encode()).hexdigest()
    found = session.scalars(select(Bundle).where(Bundle.digest == digest)).one_or_none()
    if found is None:
        found = Bundle(
            digest=digest,
            process_key=process.key,
            parts=parts,
            start_messages=process.uses.get(START_MESSAGES, []),
            current=False,
            created_at=clock.now(),
        )
        session.add(found)
        session.flush()
        session.info.setdefault(MADE, set()).add(found.id)
    return found


def _reach(session: Session, process: Definition) -> Iterator[Definition]:
    seen = {process.key}
    waiting = [process]
    while waiting:
        definition = waiting.pop()
        yield definition
        for group in (PROCESSES, DECISIONS, FORMS):
            for key in definition.uses.get(group, []):
                if key in seen:
                    continue
                seen.add(key)
                found = latest_published(session, key, KIND_OF[group])
                if found is None:
                    raise MissingPart(
                        f"{definition.name}（{definition.key}）引用的 {key} 尚未发布，请先发布它。 "
                        f"{definition.key} refers to {key}, which is not published; publish that first.",
                        key=key,
                        kind=KIND_OF[group],
                    )
                waiting.append(found)


def _contents(session: Session, definitions: list[Definition]) -> tuple[bytes, ...]:
    wanted = list(dict.fromkeys(definition.digest for definition in definitions))
    rows = session.execute(select(DefinitionFile.digest, DefinitionFile.content).where(DefinitionFile.digest.in_(wanted)))
    found = {row.digest: row.content for row in rows}
    return tuple(found[digest] for digest in wanted)


def _forms(session: Session, definitions: list[Definition]) -> dict[str, Mapping[str, Any]]:
    forms = {}
    for definition, content in zip(definitions, _contents(session, definitions), strict=True):
        file = read(SourceFile(definition.file_name, content))
        assert isinstance(file, FormFile)  # it was read as one when it was deployed
        forms[definition.key] = file.form
    return forms
