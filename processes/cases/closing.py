"""A case is closed once none of its instances is live; its outcome is the end event that its main instance reached."""

from sqlalchemy import case as when
from sqlalchemy import func, literal, or_, select, update

from engine.context import Context
from engine.db import Instant
from engine.instances.models import LIVE, Instance
from processes.casefile.models import Case


def instance_ended(context: Context, outcome: str, /) -> None:
    """Listener of the engine: settle the status and outcome of the case that an ended instance belonged to, in one statement."""
    others = select(Instance.id).where(
        Instance.business_key == context.business_key, Instance.status == LIVE, Instance.id != context.instance_id
    )
    is_main = or_(Case.instance_id == context.instance_id, Case.instance_id.is_(None))
    context.session.execute(
        update(Case)
        .where(Case.case_no == context.business_key)
        .values(
            outcome=when((is_main, outcome), else_=Case.outcome),
            status=when((others.exists(), Case.status), else_="closed"),
            closed_at=when((others.exists(), Case.closed_at), else_=func.coalesce(Case.closed_at, literal(context.now, Instant()))),
        )
        .execution_options(synchronize_session=False)
    )
