"""`/healthz`, `/readyz`, `/metrics`: outside `/api/v1`, for machines that watch."""

from dataclasses import dataclass

from flask import Blueprint, Response, current_app

from api import metrics
from api.errors import NotReady
from api.health.figures import Figures
from api.health.sizes import Sizes
from api.product import product
from api.readiness import Readiness
from api.sheet import SHEET, Sheet

blueprint = Blueprint("health", __name__)
_EXTENSION = "bihuan.health"


@dataclass(frozen=True, slots=True)
class _Watch:
    readiness: Readiness
    figures: Figures


@blueprint.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> dict[str, str]:
    """The product can serve. Raises `NotReady` with the reason, within some two seconds whatever the database does."""
    reason = _watch().readiness.why_not()
    if reason is not None:
        raise NotReady(reason)
    return {"status": "ready"}


@blueprint.get("/metrics")
def figures() -> Response:
    """Prometheus text: this process, the one that tends the background work beside it, and the database."""
    sheet: Sheet | None = current_app.extensions.get(SHEET)
    beside = sheet.read() if sheet is not None else b""
    return Response(metrics.render(_watch().figures, beside), content_type=metrics.CONTENT_TYPE)


def _watch() -> _Watch:
    """What remembers between two requests, made with the first."""
    at_hand = product()
    known: _Watch = current_app.extensions.setdefault(
        _EXTENSION, _Watch(Readiness(at_hand.engine, at_hand.settings), Figures(at_hand.engine, Sizes()))
    )
    return known
