"""What `/metrics` tells of the database: how much is under way, how far the queue is behind, what waits for an operator.

Every query is served by an index and looks at some thousand rows at most, so that a scrape costs the same at a thousand open cases
and at a million (`api/health/sizes.py`).
"""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, case, func, literal_column, select, text

from api.health.sizes import FEW, MOST, Rows, Sizes, at_most
from engine import clock
from engine.db import Instant
from engine.instances.models import LIVE
from engine.jobs.lag import tick_lag
from engine.jobs.models import DEAD, DOING, TODO
from engine.messages import models as messages
from engine.outbox import models as outbox
from engine.outbox.models import Incident
from engine.runtime.engine import Engine
from engine.timers import models as timers
from engine.workitems.models import OPEN

CAUSES = 20
"""Different causes of incidents that are told by name; the rest is `other`, so that labels stay few."""
_CLUSTER_JOBS = text(
    "select count(*) from (select 1 from procrastinate_jobs where status = cast(:state as procrastinate_job_status) limit :limit) few"
)


OPEN_ITEMS = Rows("work_item", "state", OPEN, "ix_work_item_created")
LIVE_INSTANCES = Rows("instance", "status", LIVE, "ix_instance_live")
TIMERS = Rows("timer", "state", timers.WAITING, "ix_timer_due")
DELIVERIES = Rows("delivery", "state", outbox.WAITING, "ix_delivery_due")
RECEIPTS = Rows("signal_receipt", "state", messages.WAITING, "ix_signal_receipt_waiting")
LARGE: Mapping[str, tuple[str, Rows]] = {
    "bihuan_open_work_items": ("Tasks that wait for a person", OPEN_ITEMS),
    "bihuan_live_instances": ("Process instances under way", LIVE_INSTANCES),
    "bihuan_waiting_timers": ("Timers that wait", TIMERS),
    "bihuan_pending_deliveries": ("Deliveries that wait", DELIVERIES),
}


class Figures(Collector):
    """Asks the database when it is scraped."""

    def __init__(self, engine: Engine, sizes: Sizes) -> None:
        self._engine = engine
        self._sizes = sizes

    def collect(self) -> Iterable[Metric]:
        """One family after the other."""
        with self._engine.read() as session:
            connection = session.connection()
            for name, (about, rows) in LARGE.items():
                told = f"{about}; above {FEW} an estimate"
                yield GaugeMetricFamily(name, told, value=self._sizes.of(connection, rows))
            yield from _behind(connection)
            yield _jobs(connection)
            yield _incidents(connection)


def _behind(connection: Connection) -> Iterator[Metric]:
    now = clock.now()
    lag = tick_lag(connection, now).total_seconds()
    yield GaugeMetricFamily("bihuan_tick_lag_seconds", "For how long the longest overdue timer has waited", value=lag)
    due = GaugeMetricFamily("bihuan_due_rows", f"Rows that are due and have no job yet, {MOST + 1} at most", labels=["kind"])
    due.add_metric(["timer"], at_most(connection, TIMERS.condition & (literal_column("timer.due_at", Instant()) <= now), TIMERS.table))
    due.add_metric(
        ["delivery"], at_most(connection, DELIVERIES.condition & (literal_column("delivery.due_at", Instant()) <= now), DELIVERIES.table)
    )
    due.add_metric(["signal"], at_most(connection, RECEIPTS.condition, RECEIPTS.table))
    yield due


def _jobs(connection: Connection) -> Metric:
    jobs = GaugeMetricFamily("bihuan_jobs", f"Jobs of the queue by state, {MOST + 1} at most", labels=["queue", "state"])
    for name, state in (("waiting", TODO), ("running", DOING), ("dead", DEAD)):
        rows = Rows("job", "state", state, "ix_job_state")
        jobs.add_metric(["embedded", name], at_most(connection, rows.condition, rows.table))
    if connection.dialect.name == "postgresql" and connection.scalar(text("select to_regclass('procrastinate_jobs')")) is not None:
        for name, state in (("waiting", "todo"), ("running", "doing")):
            jobs.add_metric(["cluster", name], connection.scalar(_CLUSTER_JOBS, {"state": state, "limit": MOST + 1}) or 0)
    return jobs


def _incidents(connection: Connection) -> Metric:
    count = func.count()
    by_cause = (
        select(Incident.kind, Incident.cause, count.label("count"))
        .where(Incident.state == literal_column(f"'{outbox.OPEN}'"))
        .group_by(Incident.kind, Incident.cause)
        .subquery()
    )
    place = func.row_number().over(order_by=(by_cause.c.count.desc(), by_cause.c.cause))
    ranked = select(by_cause, place.label("place")).subquery()
    cause = case((ranked.c.place <= CAUSES, ranked.c.cause), else_="other")
    query = select(ranked.c.kind, cause, func.sum(ranked.c.count)).group_by(ranked.c.kind, cause).order_by(ranked.c.kind, cause)
    incidents = GaugeMetricFamily("bihuan_open_incidents", "Incidents that wait for a person", labels=["kind", "cause"])
    for kind, name, found in connection.execute(query):
        incidents.add_metric([kind, name], int(found))
    return incidents
