"""Reading definitions: for pages, for the API, and for the services beside this module."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.definitions.models import PUBLISHED, RETIRED, Definition, DefinitionFile
from engine.errors import NotFound


def all_versions(session: Session, kind: str | None = None) -> Sequence[Definition]:
    """Every version of everything, by key and newest first."""
    query = select(Definition).order_by(Definition.key, Definition.version.desc())
    return session.scalars(query if kind is None else query.where(Definition.kind == kind)).all()


def versions(session: Session, key: str) -> Sequence[Definition]:
    """The versions of one key, newest first. Raises `NotFound` for an unknown key."""
    found = session.scalars(select(Definition).where(Definition.key == key).order_by(Definition.version.desc())).all()
    if not found:
        raise NotFound(f"没有名为 {key} 的流程、决策表或表单。 There is no process, decision table or form {key}.")
    return found


def version(session: Session, key: str, number: int) -> Definition:
    """One version. Raises `NotFound`."""
    found = session.scalars(select(Definition).where(Definition.key == key, Definition.version == number)).one_or_none()
    if found is None:
        raise NotFound(f"没有 {key} 的版本 {number}。 There is no version {number} of {key}.")
    return found


def content(session: Session, definition: Definition) -> bytes:
    """The bytes of a version's file, as they were uploaded."""
    return session.scalars(select(DefinitionFile.content).where(DefinitionFile.digest == definition.digest)).one()


def latest_published(session: Session, key: str, kind: str) -> Definition | None:
    """The newest published version, None when there is none."""
    query = select(Definition).where(Definition.key == key, Definition.kind == kind, Definition.status == PUBLISHED)
    return session.scalars(query.order_by(Definition.version.desc()).limit(1)).one_or_none()


def newest(session: Session, keys: Iterable[str] | None = None) -> dict[str, Definition]:
    """The newest version of each key, whatever its state."""
    top = select(Definition.key, func.max(Definition.version).label("version")).group_by(Definition.key).subquery()
    query = select(Definition).join(top, (Definition.key == top.c.key) & (Definition.version == top.c.version))
    if keys is not None:
        query = query.where(Definition.key.in_(sorted(keys)))
    return {definition.key: definition for definition in session.scalars(query)}


def newest_usable(session: Session) -> dict[str, Definition]:
    """The newest version of each key that is not retired: what a new diagram may refer to."""
    query = select(Definition).where(Definition.status != RETIRED).order_by(Definition.version)
    return {definition.key: definition for definition in session.scalars(query)}
