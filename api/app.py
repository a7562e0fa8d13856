"""The Flask application and, through Flask-SQLAlchemy, the product's only database engine."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine as Database
from werkzeug.middleware.proxy_fix import ProxyFix

from api import errors, pool_check, requests
from api.docs import http as docs
from api.errors import Dress
from api.health.http import blueprint as health
from api.ids import Few
from api.json import OrjsonProvider
from api.rest import PREFIX, Resource
from engine.db import Base, configure
from engine.settings import Settings

POOL = 20
OVERFLOW = 40
"""Threads that wait for an event hold no connection; those that work hold one for milliseconds."""
FORM_OVERHEAD = 1 << 20


class NoSession(SessionInterface):
    """Flask's own session in a signed cookie is never used (sessions are rows, `api/auth`), so none is read or written."""

    _nothing = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """The same nothing for every request."""
        return self._nothing


class Application(Flask):
    """Flask without what this product never uses."""

    session_interface = NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: no view, hook or handler here is asynchronous, and asking each of them costs each request."""
        return func


def create_app(settings: Settings) -> tuple[Flask, Database]:
    """An empty application and its database engine; the routes come with `add_routes`."""
    app = Application("api", static_folder=None, template_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.converters["int"] = Few
    # a failed statement's parameters may be somebody's data, and its text goes to logs and incidents
    pool = {"pool_size": POOL, "max_overflow": OVERFLOW, "hide_parameters": True}
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=pool,
        MAX_CONTENT_LENGTH=(settings.file_limit_mb << 20) + FORM_OVERHEAD,
        API_TITLE="Bihuan 闭环",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        API_SPEC_OPTIONS={
            "info": {"description": "政务服务热线的闭环流程平台。 Government service hotlines as executable BPMN."},
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    db = SQLAlchemy(app, model_class=Base)
    with app.app_context():
        database = configure(db.engine)
    if settings.sqlite_file is None:
        pool_check.register(database)
    return app, database


def add_routes(app: Flask, resources: Iterable[Resource], dress: Dress, proxies: int) -> None:
    """Hang the resources, the error answers and the hooks on the application.

    `dress` may turn an error answer into a page; `proxies` in front tell the client's address and scheme.
    """
    api = Api(app)
    errors.register(app, dress)
    requests.register(app)
    for resource in resources:
        api.register_blueprint(resource)
    app.register_blueprint(health)
    app.register_blueprint(docs.blueprint)
    if proxies:
        requests.put_around(app, partial(ProxyFix, x_for=proxies, x_proto=proxies, x_host=proxies))
