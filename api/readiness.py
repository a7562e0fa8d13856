"""When the product may be given work: its tables, its diagrams and, in `demo`, its city are there."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.demo.models import DemoLoad
from engine.definitions.models import Bundle
from engine.settings import Settings

NO_DIAGRAMS = "流程定义尚未部署。 The diagrams are not deployed yet: run `bihuan deploy bpmn-models`."
NO_CITY = "演示城市尚未装载完毕。 The demo city is not loaded yet."


def missing(session: Session, settings: Settings) -> str | None:
    """What is still missing, as a line for people; None when the product is ready. Fails on a database without tables."""
    if session.scalar(select(Bundle.id).where(Bundle.current).limit(1)) is None:
        return NO_DIAGRAMS
    if not settings.production and not city_stands(session):
        return NO_CITY
    return None


def city_stands(session: Session) -> bool:
    """Whether the demo city was loaded to its end."""
    return session.scalar(select(DemoLoad.id).where(DemoLoad.id == 1, DemoLoad.finished_at.is_not(None))) is not None
