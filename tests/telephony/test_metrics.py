"""What a running `bihuan telephony` tells of itself on a port of its own: how far behind it is, what it has handled, how calls ended."""

from pathlib import Path
from threading import Condition
from types import SimpleNamespace
from typing import cast

import requests
from prometheus_client.parser import text_string_to_metric_families

from api.product import Product
from tests.fixtures.asterisk.node import Node
from tests.fixtures.phones import Telephones
from tests.fixtures.server import Daemon, free_port
from tests.telephony.hotline import Hotline, Watched
from tests.telephony.test_daemon import launch, settings

EVENTS, WAITING, LAG = ("bihuan_telephony_events_total",), ("bihuan_telephony_events_waiting",), "bihuan_telephony_event_lag_seconds"
LIVE, SILENT = ("bihuan_telephony_calls_live",), ("bihuan_telephony_silent_seconds",)
ENDED = "bihuan_telephony_calls_total", "inbound", "talked"


def told(port: int) -> dict[tuple[str, ...], float]:
    """The figures by their names and labels."""
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/plain")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_a_worker_tells_how_far_behind_it_is_while_somebody_talks_and_how_the_call_ended(
    sqlite_product: Product, exchange: Node, tmp_path: Path
) -> None:
    daemon, port = Daemon(tmp_path / "telephony.log", "telephony"), free_port()
    nobody = cast(Watched, SimpleNamespace(changed=Condition(), wake=lambda: None))
    given = settings(exchange, str(sqlite_product.settings.database_url), tmp_path)
    exchange.forget()
    try:
        launch(daemon, {**given, "BIHUAN_TELEPHONY_PORT": str(port)})
        with Telephones(exchange) as phones:
            hotline = Hotline(sqlite_product, exchange, phones, nobody)
            before = told(port)
            citizen, agent, _call = hotline.talk()
            during = told(port)
            citizen.hangup()
            agent.until("ended")
            hotline.nothing_is_left()
            after = hotline.until(lambda: found if (found := told(port)).get(ENDED) and not found[WAITING] else None)
        assert daemon.stop() == 0
    finally:
        if daemon.runs:
            daemon.kill()
    assert before[EVENTS] < during[EVENTS] < after[EVENTS]
    for figures in (during, after):
        handled, lag = figures[f"{LAG}_count",], figures[f"{LAG}_sum",]
        assert 0 < handled <= figures[EVENTS]
        assert 0 < lag / handled < 1  # the mean, in seconds, on a machine that does much else beside
        assert figures[f"{LAG}_bucket", "+Inf"] == handled
    assert (during.get(ENDED), after[ENDED]) == (None, 1)
    assert (before[LIVE], during[LIVE], after[LIVE]) == (0, 1, 0)
    assert 0 <= after[SILENT] < 60
