"""Traces as an OTLP receiver gets them: the request, inside it the command, inside that its statements."""

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api import bootstrap
from api.traces import Traces
from api.watching import WatchedEngine
from engine import clock
from tests.contract.api.conftest import CASE, Desk, found_desk
from tests.fixtures.databases import DIALECTS, Databases
from tests.fixtures.host import ROOT
from tests.fixtures.product import settings_for

CALLER = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class Receiver:
    """What an OTLP receiver was sent."""

    url: str = ""
    spans: list[Any] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def inside(self, parent: Any) -> list[Any]:
        """The spans right inside another."""
        return [span for span in self.spans if span.parent_span_id == parent.span_id]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """An OTLP receiver on the loopback."""
    receiver = Receiver()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            for resource in ExportTraceServiceRequest.FromString(plain).resource_spans:
                receiver.names |= {item.value.string_value for item in resource.resource.attributes if item.key == "service.name"}
                receiver.spans += [span for scope in resource.scope_spans for span in scope.spans]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    yield receiver
    server.shutdown()
    server.server_close()


def facts(span: Any) -> dict[str, str]:
    """The attributes of a span that are text or numbers."""
    return {item.key: item.value.string_value or str(item.value.int_value) for item in span.attributes}


@pytest.fixture(params=DIALECTS)
def traced(request: pytest.FixtureRequest, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Desk, Receiver]]:
    """The small product on both databases in turn, with an exporter."""
    with receiving() as receiver, databases.copy(request.param, "desk", found_desk) as url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        product = bootstrap.build(replace(settings_for(url), traces=receiver.url))
        yield Desk(product), receiver
        product.database.dispose()
        clock.set_offset(clock.offset() * 0)


def sent(desk: Desk) -> None:
    """Have what is left sent."""
    engine = desk.product.engine
    assert isinstance(engine, WatchedEngine)
    assert isinstance(engine.tracer, Traces)
    engine.tracer.close()


def test_a_request_holds_its_command_and_that_its_statements(traced: tuple[Desk, Receiver]) -> None:
    desk, receiver = traced
    agent = desk["agent1"]
    opened = agent.post("cases", CASE, headers={"traceparent": f"00-{CALLER}-b7ad6b7169203331-01", "X-Request-Id": "request-one"})
    assert opened.status_code == 201
    sent(desk)
    assert receiver.names == {"bihuan"}
    (request,) = [span for span in receiver.spans if span.name == "POST /api/v1/cases"]
    assert request.trace_id.hex() == CALLER
    assert facts(request)["http.route"] == "/api/v1/cases"
    assert facts(request)["bihuan.request"] == "request-one"
    (command,) = [span for span in receiver.inside(request) if span.name == "command"]
    told = facts(command)
    assert (told["bihuan.case"], told["bihuan.command.kind"], told["bihuan.command.outcome"]) == (opened.json["case_no"], "start", "done")
    statements = receiver.inside(command)
    assert any(facts(span)["db.query.text"].startswith("INSERT INTO instance") for span in statements)
    assert all(span.end_time_unix_nano >= span.start_time_unix_nano for span in receiver.spans)
    assert len({span.trace_id for span in [request, command, *statements]}) == 1


def test_no_span_tells_what_anybody_typed(traced: tuple[Desk, Receiver]) -> None:
    desk, receiver = traced
    opened = desk.open_case()
    desk.stranger.get(f"public/cases/{opened['case_no']}?code={opened['query_code']}")
    sent(desk)
    everything = b"".join(span.SerializeToString() for span in receiver.spans).decode(errors="replace")
    citizen: Any = CASE["citizen"]
    for secret in (str(CASE["title"]), citizen["name"], citizen["phone"], opened["query_code"]):
        assert secret not in everything


def test_a_refused_statement_and_a_failed_request_are_marked(traced: tuple[Desk, Receiver]) -> None:
    desk, receiver = traced
    desk["agent1"].get("cases/NONE")
    with pytest.raises(Exception, match="no_such_table"), desk.product.database.connect() as connection:
        connection.exec_driver_sql("select 1 from no_such_table")
    sent(desk)
    (refused,) = [span for span in receiver.spans if "error.type" in facts(span)]
    assert facts(refused)["db.query.text"] == "select 1 from no_such_table"
    assert {facts(span).get("http.response.status_code") for span in receiver.spans if span.name.startswith("GET")} == {"404"}


def test_a_job_is_the_root_of_its_own_trace(traced: tuple[Desk, Receiver]) -> None:
    desk, receiver = traced
    desk.product.handlers["fire_timer"](timers=[[4711, 1, clock.now().isoformat()]])
    sent(desk)
    (job,) = [span for span in receiver.spans if span.name == "job fire_timer"]
    assert job.parent_span_id == b""
    assert [span.name for span in receiver.inside(job)] == ["command"]


def test_without_an_exporter_nothing_of_it_is_loaded() -> None:
    foreign = "[name for name in sys.modules if name.partition('.')[0] in ('opentelemetry', 'google')]"
    code = f"import sys, api.bootstrap, api.cli; print({foreign})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
