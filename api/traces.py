"""OpenTelemetry traces: request → command → statement, and job → command → statement, sent by OTLP over HTTP.

Loaded only while an exporter's endpoint is set (`OTEL_EXPORTER_OTLP_ENDPOINT`). The spans are our own, not those of OpenTelemetry's
instrumentations: theirs note paths and addresses of callers, where a path may carry a citizen's query code or name, and they
know nothing of several statements in one exchange (docs/adr/0016). Statements are told without their values.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, has_request_context, request
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from sqlalchemy import Engine as Database
from sqlalchemy import event
from sqlalchemy.engine.interfaces import ExceptionContext

from api.requests import REQUEST_ID, put_around
from engine.settings import Settings

SERVICE = "bihuan"
_BEGUN = "bihuan.spans"
"""Key in a connection's `info`: when the statements under way began."""


class Traces:
    """Opens spans of this process; see `api.watching.Tracer`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(SERVICE)

    @contextmanager
    def span(self, name: str, **facts: Any) -> Iterator[Span]:
        """A span inside the present one, or the root of a new trace."""
        with self._tracer.start_as_current_span(name, attributes=facts) as span:
            yield span

    def watch_requests(self, app: Flask) -> None:
        """Put a span around every request; one that names a trace (`traceparent`) is part of that."""
        put_around(app, lambda inner: _Requests(inner, self._tracer))

    def watch_statements(self, database: Database) -> None:
        """Put a span around every statement, prepared ones included."""
        statements = _Statements(self._tracer, str(database.dialect.name))
        event.listen(database, "before_cursor_execute", statements.begin)
        event.listen(database, "after_cursor_execute", statements.end)
        event.listen(database, "handle_error", statements.fail)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def start(settings: Settings, app: Flask, database: Database) -> Traces:
    """Trace the requests and statements of a product. Endpoint, headers, sampling and name are OpenTelemetry's own variables."""
    resource = Resource.create({SERVICE_NAME: SERVICE, "deployment.environment.name": settings.env})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    traces = Traces(provider)
    traces.watch_requests(app)
    traces.watch_statements(database)
    return traces


class _Requests:
    def __init__(self, inner: WSGIApplication, tracer: trace.Tracer) -> None:
        self._inner, self._tracer = inner, tracer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        sent = {"traceparent": environ.get("HTTP_TRACEPARENT", ""), "tracestate": environ.get("HTTP_TRACESTATE", "")}
        with self._tracer.start_as_current_span(method, propagate.extract(sent), SpanKind.SERVER) as span:

            def noting(status: str, headers: list[tuple[str, str]], failure: Any = None) -> Any:
                _note(span, method, int(status[:3]), environ.get(REQUEST_ID, ""))
                return start_response(status, headers, failure)

            return self._inner(environ, noting)


def _note(span: Span, method: str, status: int, request_id: str) -> None:
    rule = request.url_rule.rule if has_request_context() and request.url_rule is not None else "-"
    span.update_name(f"{method} {rule}")
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.route", rule)
    span.set_attribute("http.response.status_code", status)
    span.set_attribute("bihuan.request", request_id)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))


class _Statements:
    """Spans of statements. Several sent in one exchange begin before any ends, so their starts wait in the order they came."""

    def __init__(self, tracer: trace.Tracer, system: str) -> None:
        self._tracer, self._system = tracer, system

    def begin(self, connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool) -> None:
        """A statement is about to be sent."""
        connection.info.setdefault(_BEGUN, deque()).append((statement, time.time_ns()))

    def end(self, connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool) -> None:
        """A statement was carried out."""
        begun = connection.info.get(_BEGUN)
        if begun:
            text, began = begun.popleft()
            self._tell(text, began)

    def fail(self, context: ExceptionContext) -> None:
        """A statement was refused; those behind it were not carried out."""
        connection = context.connection
        begun = connection.info.get(_BEGUN) if connection is not None else None
        if begun:
            statement, began = begun.popleft()
            self._tell(statement, began, type(context.original_exception).__name__)
            begun.clear()

    def _tell(self, statement: str, began: int, error: str | None = None) -> None:
        verb = statement.lstrip()[:20].partition(" ")[0].upper()
        span = self._tracer.start_span(verb, kind=SpanKind.CLIENT, start_time=began)
        span.set_attribute("db.system.name", self._system)
        span.set_attribute("db.operation.name", verb)
        span.set_attribute("db.query.text", statement)
        if error is not None:
            span.set_attribute("error.type", error)
            span.set_status(Status(StatusCode.ERROR))
        span.end()
