"""Starting the product hundreds of times in one process without paying for what is the same each time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import Engine, event, make_url

from api import app as flask_app
from api import bootstrap
from api.auth import known
from api.web import site
from engine.definitions import current
from engine.settings import Settings
from engine.spiff import specs
from processes.deadlines import services as deadlines


@contextmanager
def quick_starts() -> Iterator[None]:
    """Make the routes, the compiled statements and each bundle's parsed diagrams once for all starts in here.

    None of them remembers what the product did: routes and statements are code, a parsed diagram is a pure function of
    the files in the database. Everything else is made anew at each start, the connections first of all.
    """
    with pytest.MonkeyPatch.context() as patch:
        made = _Made()
        # what goes wrong goes wrong on purpose, and a trace with all its values takes a second to draw
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        # a log-in is believed for seconds of the real clock, which would make a slow run another one than a quick one
        patch.setattr(known, "FRESH", timedelta(days=1))
        patch.setattr(specs, "parse", _once_for_each_bundle(specs.parse))
        patch.setattr(bootstrap, "create_app", made.create_app)
        patch.setattr(bootstrap, "add_routes", made.once(flask_app.add_routes))
        patch.setattr(site, "register", made.once(site.register))
        yield
        made.dispose()
        structlog.reset_defaults()


class _Made:
    """What is kept from one start to the next, for each kind of database."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Flask, Engine]] = {}
        self._routed: set[tuple[int, int]] = set()
        self._url = ""

    def create_app(self, settings: Settings) -> tuple[Flask, Engine]:
        self._url = settings.database_url
        current._kept.clear()  # a process that starts does not know yet what is published
        kind = make_url(self._url).get_backend_name()
        if kind not in self._kept:
            app, database = self._create(settings)
            event.listen(database, "do_connect", self._elsewhere)
            if kind == "sqlite":
                # a killed process loses nothing that the operating system has; a power cut is another test's business
                event.listen(database, "connect", lambda connection, _record: connection.execute("pragma synchronous=off"))
            self._kept[kind] = app, database
        app, database = self._kept[kind]
        database.dispose()
        deadlines.forget()
        return app, database

    def once(self, routes: Any) -> Any:
        def add(app: Flask, *rest: Any) -> None:
            if (done := (id(app), id(routes))) not in self._routed:
                routes(app, *rest)
                self._routed.add(done)

        return add

    def dispose(self) -> None:
        for _app, database in self._kept.values():
            database.dispose()

    _create = staticmethod(flask_app.create_app)

    def _elsewhere(self, dialect: Any, _record: Any, arguments: list[Any], parameters: dict[str, Any]) -> None:
        """Connect to the database of the present start."""
        arguments[:], wanted = dialect.create_connect_args(make_url(self._url))
        parameters.clear()
        parameters.update(wanted)


def _once_for_each_bundle(plain: Any) -> Any:
    parsed: dict[tuple[int, str], Any] = {}

    def parse(parts: Any) -> Any:
        key = (parts.id, parts.digest)
        if key not in parsed:
            parsed[key] = plain(parts)
        return parsed[key]

    return parse
