"""`/healthz`, `/readyz`, `/metrics`: outside `/api/v1`, for machines that watch."""

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from api import metrics, readiness
from api.errors import NotReady
from api.product import product

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> dict[str, str]:
    """Migrations, deployment and, in `demo`, the demo city are done. Raises `NotReady`."""
    at_hand = product()
    try:
        with at_hand.engine.read() as session:
            missing = readiness.missing(session, at_hand.settings)
    except SQLAlchemyError as error:
        raise NotReady("数据库暂不可用。 The database does not answer.") from error
    if missing:
        raise NotReady(missing)
    return {"status": "ready"}


@blueprint.get("/metrics")
def figures() -> Response:
    """Prometheus text."""
    return Response(metrics.render(product().sessions), content_type=metrics.CONTENT_TYPE)
