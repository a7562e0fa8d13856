"""The town's clock, moved in the database as another process would: the nodes follow, and workers fire what comes due."""

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.clock.models import ClockOffset
from api.clock.services import stored
from engine import clock


def now(database: Engine) -> datetime:
    """The town's time, aware, in UTC."""
    with Session(database) as session:
        return clock.real_now() + stored(session)


def advance(database: Engine, by: timedelta) -> datetime:
    """Move on; answers the new time."""
    with Session(database) as session, session.begin():
        ahead = stored(session) + by
        session.merge(ClockOffset(id=1, micros=ahead // timedelta(microseconds=1)))
    return clock.real_now() + ahead
