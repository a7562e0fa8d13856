"""An incident at a running server: written into its database, as its engine would have."""

from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from engine import clock, crypto
from engine.db import configure
from engine.errors import StepFailed
from engine.outbox import incidents
from engine.outbox.origin import Origin
from engine.settings import DEMO_KEY
from tests.fixtures.server import Server

TRACE = "Traceback (most recent call last):\n" + '  File "connectors/oa/operations.py", line 41, in push\n' * 30 + "RuntimeError"


def incident(server: Server, case_no: str, instance_id: int) -> tuple[str, str]:
    """Have a step of a case's instance failed; answers the incident's number and its group."""
    database = configure(create_engine(server.database_url, poolclass=NullPool))
    before = list(crypto._cipher)
    crypto.use(crypto.Cipher(DEMO_KEY))
    try:
        with Session(database) as session, session.begin():
            found = incidents.report(
                session,
                "step",
                StepFailed("环节「推送」执行失败，已记为异常事件。 The step Push failed; an incident is recorded."),
                clock.now(),
                place="complaint",
                element_id="register",
                business_key=case_no,
                instance_id=instance_id,
                origin=Origin("timer", instance_id, 1),
                skippable=True,
                trace=TRACE,
            )
            return str(found.id), found.group_key
    finally:
        crypto._cipher[:] = before
        database.dispose()
