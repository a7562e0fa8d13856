"""Structured logs: one JSON line an event, with the request's id and without personal data."""

import logging
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import orjson
import structlog


class _Unfailing:
    """A stream that loses what it cannot write: a log on a full disk must stop nobody's work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def configure(level: str, *, readable: bool) -> None:
    """Set up structlog for this process: JSON lines, or with `readable` (demo) lines for eyes while a terminal shows them.

    A logger keeps what it found at its first line after this call, which must come before those lines.
    """
    for_eyes = readable and sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if for_eyes else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer(sort_keys=False) if for_eyes else structlog.processors.JSONRenderer(_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # one write a line, where the usual PrintLogger makes two
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Unfailing(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def _json(event: Any, **options: Any) -> str:
    return orjson.dumps(event, default=options["default"], option=orjson.OPT_NON_STR_KEYS).decode()
