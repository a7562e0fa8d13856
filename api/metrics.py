"""Prometheus figures of this process and of the database's queues."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, sessionmaker

from engine.instances.models import LIVE, Instance
from engine.outbox.models import OPEN as INCIDENT_OPEN
from engine.outbox.models import PENDING, Delivery, Incident
from engine.timers.models import Timer
from engine.workitems.models import OPEN, WorkItem

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OURS = CollectorRegistry()
REQUESTS = Counter("bihuan_requests", "HTTP requests", ("method", "rule", "status"), registry=OURS)
SECONDS = Histogram(
    "bihuan_request_seconds",
    "Time to answer an HTTP request",
    ("rule",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    registry=OURS,
)
GAUGES: dict[str, tuple[str, Select[int]]] = {
    "bihuan_open_work_items": ("Tasks that wait for a person", select(func.count()).select_from(WorkItem).where(WorkItem.state == OPEN)),
    "bihuan_live_instances": ("Process instances under way", select(func.count()).select_from(Instance).where(Instance.status == LIVE)),
    "bihuan_waiting_timers": ("Timers that wait", select(func.count()).select_from(Timer)),
    "bihuan_pending_deliveries": (
        "Deliveries not yet sent",
        select(func.count()).select_from(Delivery).where(Delivery.state.in_(PENDING)),
    ),
    "bihuan_open_incidents": (
        "Incidents that wait for a person",
        select(func.count()).select_from(Incident).where(Incident.state == INCIDENT_OPEN),
    ),
}


class Queues(Collector):
    """Counts rows when asked."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """One gauge for each queue."""
        with self._sessions() as session:
            for name, (help_text, query) in GAUGES.items():
                yield GaugeMetricFamily(name, help_text, value=session.scalar(query) or 0)


def render(sessions: sessionmaker[Session]) -> bytes:
    """All figures in Prometheus' text format."""
    queues = CollectorRegistry()
    queues.register(Queues(sessions))
    return generate_latest(OURS) + generate_latest(queues)
