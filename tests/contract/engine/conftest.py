"""An engine on both databases, with a few small processes published straight into the store."""

import hashlib
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session, sessionmaker

from engine import clock as engine_clock
from engine.definitions.bundles import make_current
from engine.definitions.models import PROCESS, PUBLISHED, Definition, DefinitionDeployment, DefinitionFile
from engine.registry import Registry
from engine.runtime.engine import Engine

Publish = Callable[..., None]


@pytest.fixture
def registry() -> Registry:
    """An empty vocabulary for a test to fill."""
    return Registry(messages={"Go": "case_no"}, groups={"agent", "reviewer"})


@pytest.fixture
def engine(sessions: sessionmaker[Session], registry: Registry) -> Engine:
    """The engine under test."""
    return Engine(sessions, registry)


@pytest.fixture
def publish(sessions: sessionmaker[Session]) -> Publish:
    """`publish(key, content, version=1, start_messages=[])`: put a process into the store as if it had passed the gate."""

    def put(key: str, content: bytes, version: int = 1, start_messages: list[str] | None = None) -> None:
        with sessions.begin() as session:
            put_process(session, key, content, version, start_messages)

    return put


def put_process(session: Session, key: str, content: bytes, version: int = 1, start_messages: list[str] | None = None) -> None:
    """Put one published version of a process into the store as if it had passed the gate."""
    digest = hashlib.sha256(content).hexdigest()
    now = engine_clock.now()
    deployment = DefinitionDeployment(author="designer1", created_at=now)
    session.add_all([deployment, DefinitionFile(digest=digest, content=content)])
    session.flush()
    session.add(
        Definition(
            key=key,
            version=version,
            kind=PROCESS,
            name=key,
            status=PUBLISHED,
            file_name=f"{key}.bpmn",
            digest=digest,
            deployment_id=deployment.id,
            uses={"start_messages": start_messages or []},
            warnings=[],
            author="designer1",
            approver="designer2",
            created_at=now,
            checked_at=now,
            published_at=now,
        )
    )
    session.flush()
    make_current(session, key)
