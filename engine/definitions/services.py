"""Deploying, publishing and retiring definitions (部署、发布、停用). Services never commit."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import SYSTEM
from engine.definitions import bundles, current, queries
from engine.definitions.files import FormFile, SourceFile, read
from engine.definitions.models import DECISION, DRAFT, FORM, PROCESS, PUBLISHED, RETIRED, Definition, DefinitionDeployment, DefinitionFile
from engine.definitions.parts import KIND_OF, START_EVERY, Part, parts
from engine.errors import Conflict, Forbidden
from engine.lint import Catalogue, Finding, run
from engine.timers import periodic


class OwnWork(Forbidden):
    """不能发布自己部署的版本，请由另一人发布。 You cannot publish what you deployed yourself; let a second person do it."""

    code = "own-work"


class NotADraft(Conflict):
    """该版本不是草稿，不能发布。 This version is no draft."""

    code = "not-a-draft"


class NotPublished(Conflict):
    """该版本没有发布，不能停用。 This version is not published, so it cannot be retired."""

    code = "not-published"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A definition as it stands after a deployment; `new` is False when the same content was there already."""

    key: str
    version: int
    kind: str
    name: str
    status: str
    new: bool


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment did. With an error among the findings it did nothing."""

    definitions: tuple[Deployed, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether an error refused the whole deployment."""
        return any(finding.is_error for finding in self.findings)


def deploy(
    session: Session, files: Sequence[SourceFile], author: str, *, catalogue: Catalogue, publish: bool = False, dry_run: bool = False
) -> Deployment:
    """Check files and keep them as new drafts; any bytes are an answer with findings, never an error.

    Content that is already there as the newest version of its key gives no new version. `publish` is for the system's
    own diagrams at start-up. Raises `OwnWork` when somebody else asks for it.
    """
    if publish and author != SYSTEM.id:
        raise OwnWork()
    findings = tuple(run(files, known(session, catalogue)))
    if any(finding.is_error for finding in findings):
        return Deployment((), findings)
    found = [part for file in files for part in parts(read(file))]
    before = queries.newest(session, [part.key for part in found])
    if dry_run:
        return Deployment(tuple(_foreseen(part, before.get(part.key)) for part in found), findings)
    fresh = {part.key for part in found if _is_new(part, before.get(part.key))}
    if fresh:
        before |= _keep(session, [part for part in found if part.key in fresh], author, before, findings)
    if publish:
        _publish(session, [before[part.key] for part in found if before[part.key].status == DRAFT], SYSTEM.id)
    return Deployment(tuple(_deployed(before[part.key], part.key in fresh) for part in found), findings)


def publish(session: Session, key: str, version: int, actor_id: str) -> list[Definition]:
    """Publish a draft; what it refers to and came with it in the same deployment goes along.

    Every published process that has a part in it gets a new bundle, which new instances take. Answers what was published.
    Raises `NotFound`, `NotADraft`, `OwnWork`, or `bundles.MissingPart` when something it refers to is not published.
    """
    definition = queries.version(session, key, version)
    if definition.status != DRAFT:
        raise NotADraft()
    if actor_id in (definition.author, "") and actor_id != SYSTEM.id:
        raise OwnWork()
    together = _drafts_beside(session, definition)
    _publish(session, together, actor_id)
    return together


def retire(session: Session, key: str, version: int, actor_id: str) -> Definition:
    """Retire a published version: the newest one still published takes over, running instances stay as they are.

    Raises `NotFound`, `NotPublished`, or `bundles.MissingPart` when a process that is still published needs it.
    """
    definition = queries.version(session, key, version)
    if definition.status != PUBLISHED:
        raise NotPublished()
    definition.status, definition.approver = RETIRED, actor_id
    session.flush()
    _renew(session, {key})
    return definition


def known(session: Session, catalogue: Catalogue) -> Catalogue:
    """The catalogue together with everything deployed that is not retired."""
    usable = queries.newest_usable(session)
    wanted = {definition.digest for definition in usable.values()}
    rows = session.execute(select(DefinitionFile.digest, DefinitionFile.content).where(DefinitionFile.digest.in_(sorted(wanted))))
    content = {row.digest: row.content for row in rows}
    files = {key: content[definition.digest] for key, definition in usable.items()}
    forms = {}
    for key, definition in usable.items():
        if definition.kind == FORM and isinstance(form := read(SourceFile(definition.file_name, files[key])), FormFile):
            forms[key] = form.form
    return catalogue.knowing(
        processes={key: files[key] for key, definition in usable.items() if definition.kind == PROCESS},
        decisions={key: files[key] for key, definition in usable.items() if definition.kind == DECISION},
        forms=forms,
    )


def _keep(
    session: Session, found: Iterable[Part], author: str, before: dict[str, Definition], findings: Iterable[Finding]
) -> dict[str, Definition]:
    now = clock.now()
    deployment = DefinitionDeployment(author=author, created_at=now)
    session.add(deployment)
    session.flush()
    kept = {}
    for part in found:
        old = before.get(part.key)
        digest = _digest(part)
        if session.get(DefinitionFile, digest) is None:
            session.add(DefinitionFile(digest=digest, content=part.content))
            session.flush()
        kept[part.key] = Definition(
            key=part.key,
            version=1 if old is None else old.version + 1,
            kind=part.kind,
            name=part.name[:200],
            status=DRAFT,
            file_name=part.file[-200:],
            digest=digest,
            deployment_id=deployment.id,
            uses=dict(part.uses),
            warnings=[finding.as_dict() for finding in findings if finding.file == part.file],
            author=author,
            created_at=now,
            checked_at=now,
        )
    session.add_all(kept.values())
    session.flush()
    return kept


def _publish(session: Session, definitions: list[Definition], approver: str) -> None:
    for definition in definitions:
        definition.status, definition.approver, definition.published_at = PUBLISHED, approver, clock.now()
    session.flush()
    _renew(session, {definition.key for definition in definitions})


def _renew(session: Session, keys: set[str]) -> None:
    processes = session.scalars(select(Definition.key).where(Definition.kind == PROCESS, Definition.key.in_(sorted(keys)))).all()
    for process_key in sorted({*processes, *bundles.users(session, keys)}):
        bundle = bundles.make_current(session, process_key)
        process = None if bundle is None else queries.version(session, process_key, bundle.parts[PROCESS][process_key])
        interval = next(iter(process.uses.get(START_EVERY, [])), None) if process is not None else None
        periodic.schedule(session, process_key, interval, clock.now())
    current.renumber(session)


def _drafts_beside(session: Session, definition: Definition) -> list[Definition]:
    query = select(Definition).where(Definition.deployment_id == definition.deployment_id, Definition.status == DRAFT)
    drafts = {draft.key: draft for draft in session.scalars(query)}
    chosen = [definition]
    for one in chosen:  # grows while it is walked: what a called process refers to goes along too
        for group in KIND_OF:
            for key in one.uses.get(group, []):
                draft = drafts.get(key)
                published = draft and queries.latest_published(session, key, draft.kind)
                if draft and draft not in chosen and (published is None or published.version < draft.version):
                    chosen.append(draft)
    return chosen


def _is_new(part: Part, newest: Definition | None) -> bool:
    return newest is None or newest.digest != _digest(part) or newest.status == RETIRED


def _foreseen(part: Part, newest: Definition | None) -> Deployed:
    if newest is not None and not _is_new(part, newest):
        return _deployed(newest, new=False)
    return Deployed(part.key, 1 if newest is None else newest.version + 1, part.kind, part.name, DRAFT, new=True)


def _deployed(definition: Definition, new: bool) -> Deployed:
    return Deployed(definition.key, definition.version, definition.kind, definition.name, definition.status, new)


def _digest(part: Part) -> str:
    return hashlib.sha256(part.content).hexdigest()
