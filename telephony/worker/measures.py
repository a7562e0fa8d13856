"""What a worker measures of itself: event lag, what it handled, how calls ended. Served as Prometheus text where a port is set."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from engine import clock
from telephony.ari.messages import Event
from telephony.calls.values import Call

BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Measures:
    """The figures of one worker."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.lag = Histogram(
            "bihuan_telephony_event_lag_seconds",
            "From the exchange's own stamp of an event until it is handled",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.events = Counter("bihuan_telephony_events_total", "Events of the exchange", registry=self.registry)
        self.waiting = Gauge("bihuan_telephony_events_waiting", "Events that are read but not handled", registry=self.registry)
        ended = "Calls that are over, by how they ended"
        self.calls = Counter("bihuan_telephony_calls_total", ended, ["kind", "outcome"], registry=self.registry)
        self.live = Gauge("bihuan_telephony_calls_live", "Calls under way that this worker answers for", registry=self.registry)
        self.heard = time.monotonic()
        silent = "Since the last event of the exchange, which may be as quiet as the night"
        self.silent = Gauge("bihuan_telephony_silent_seconds", silent, registry=self.registry)
        self.silent.set_function(lambda: time.monotonic() - self.heard)

    def serve(self, host: str, port: int) -> None:
        """Answer `GET /metrics` from now on. Raises `OSError` for a port that is taken."""
        start_http_server(port, host, registry=self.registry)

    def arrived(self) -> None:
        """An event was read."""
        self.heard = time.monotonic()
        self.waiting.inc()

    def handled(self, event: Event) -> None:
        """An event is about to be handled."""
        self.waiting.dec()
        self.events.inc()
        if event.timestamp is not None:
            self.lag.observe(max(0.0, (clock.real_now() - event.timestamp).total_seconds()))

    def ended(self, call: Call) -> None:
        """A call is over."""
        self.calls.labels(call.kind, call.outcome).inc()
