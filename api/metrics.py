"""Prometheus figures of this process, and of the one beside it; what the database tells stands in `api/health/figures.py`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

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


@cache
def labelled(figure: Any, *labels: str) -> Any:
    """A figure's part with these labels, kept: to look it up costs more than to count."""
    return figure.labels(*labels)


def answered(method: str, rule: str, status: int, seconds: float) -> None:
    """Count an answer to a request of this method and rule."""
    # a client may invent methods; labels must not grow with them
    labelled(REQUESTS, method if method in METHODS else "other", rule, str(status)).inc()
    labelled(SECONDS, rule).observe(seconds)


class Told:
    """This process's figures since now, for the one beside it that answers `/metrics`: what was counted before a fork is the other's."""

    def __init__(self, process: str) -> None:
        """`process` becomes a label of each."""
        self._process = process
        self._before = {_key(sample): sample.value for _name, sample in _counted()}

    def text(self) -> bytes:
        """The figures as JSON."""
        return orjson.dumps(
            [
                [name, sample.name, {**sample.labels, "process": self._process}, sample.value - self._before.get(_key(sample), 0)]
                for name, sample in _counted()
            ]
        )


def _counted() -> Iterator[tuple[str, Sample]]:
    """Every sample with its family, but for the moments at which a figure was made."""
    for metric in OURS.collect():
        for sample in metric.samples:
            if not sample.name.endswith("_created"):
                yield metric.name, sample


def _key(sample: Sample) -> tuple[str, ...]:
    return (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items())))


class Together(Collector):
    """The figures of this process and those that another has told; a family's stand together, as Prometheus wants it."""

    def __init__(self, beside: bytes) -> None:
        self._beside: dict[str, list[tuple[str, dict[str, str], float]]] = defaultdict(list)
        for family, *sample in orjson.loads(beside) if beside else ():
            self._beside[family].append(tuple(sample))

    def collect(self) -> Iterable[Metric]:
        """One family after the other."""
        for metric in OURS.collect():
            for sample in self._beside[metric.name]:
                metric.add_sample(*sample)
            yield metric


def render(asked: Collector, beside: bytes = b"") -> bytes:
    """All figures in Prometheus' text format: this process's, those of the one `beside` it (`Told`), and what `asked` asks for."""
    all_of_them = CollectorRegistry()
    for collector in (Together(beside), asked):
        all_of_them.register(collector)
    return generate_latest(all_of_them)
