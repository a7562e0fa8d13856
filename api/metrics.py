"""Prometheus figures of this process; what the database tells stands in `api/health/figures.py`."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OURS = CollectorRegistry()
REQUESTS = Counter("bihuan_requests", "HTTP requests", ("method", "rule", "status"), registry=OURS)
SECONDS = Histogram(
    "bihuan_request_seconds",
    "Time to answer an HTTP request",
    ("rule",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    registry=OURS,
)
_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
"""The two figures of a kind of answer: looking a child up by its labels costs more than counting."""


def answered(method: str, rule: str, status: int, seconds: float) -> None:
    """Count an answer to a request of this method and rule."""
    # a client may invent methods; labels must not grow with them
    kind = (method if method in METHODS else "other", rule, status)
    found = _children.get(kind)
    if found is None:
        found = _children[kind] = REQUESTS.labels(*kind), SECONDS.labels(rule)
    counter, histogram = found
    counter.inc()
    histogram.observe(seconds)


def render(beside: Collector) -> bytes:
    """All figures in Prometheus' text format: those of this process, and those that `beside` asks for."""
    asked = CollectorRegistry()
    asked.register(beside)
    return generate_latest(OURS) + generate_latest(asked)
