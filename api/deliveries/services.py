"""Looking at deliveries."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.outbox.models import Delivery


def newest(session: Session, state: str | None, limit: int) -> Sequence[Delivery]:
    """The newest deliveries, of one state if asked."""
    query = select(Delivery).order_by(Delivery.created_at.desc(), Delivery.seq.desc()).limit(limit)
    return session.scalars(query if state is None else query.where(Delivery.state == state)).all()
