"""The only wiring: settings in, the whole product out. A test or a script may put together fewer."""

import importlib

from sqlalchemy.orm import sessionmaker

from api.app import add_routes, create_app
from api.auth.known import Known
from api.background import handlers_for
from api.clock import services as test_clock
from api.product import EXTENSION, Product
from api.resources import resources
from api.sse import Pushes
from api.vocabulary import catalogue_of, fill
from api.watching import WatchedEngine
from api.web import site
from api.web.errors import dress
from engine import crypto
from engine.jobs.cluster import ClusterQueue
from engine.jobs.local import LocalQueue
from engine.jobs.notices import announce_commits
from engine.registry import Registry
from engine.settings import Settings

RESERVED_THREADS = 32
"""Threads that pushes never take, so that requests are always answered."""


def build(settings: Settings, *, worker: bool = False) -> Product:
    """Put the product together on a database that is at this version's revision; nothing runs in the background yet.

    A `worker` on PostgreSQL is one of any number; every other process stands by to do the work while there is none.
    """
    crypto.use(crypto.Cipher(settings.secret_key))
    app, database = create_app(settings)
    sessions = sessionmaker(database, expire_on_commit=False)
    registry = Registry()
    fill(registry, sessions, settings)
    # by name, since without an exporter nothing of it shall be loaded (0.3 s and 20 MB)
    tracer = importlib.import_module("api.traces").start(settings, app, database) if settings.traces else None
    engine = WatchedEngine(sessions, registry, tracer)
    announce_commits(database)
    queue = ClusterQueue(database) if worker and database.dialect.name == "postgresql" else LocalQueue(database)
    product = Product(
        settings=settings,
        app=app,
        database=database,
        sessions=sessions,
        registry=registry,
        catalogue=catalogue_of(registry),
        engine=engine,
        queue=queue,
        handlers=handlers_for(engine, database, queue, tracer),
        known=Known(),
        pushes=Pushes(database, sessions, max(1, settings.threads - RESERVED_THREADS)),
    )
    app.extensions[EXTENSION] = product
    add_routes(app, resources(settings), dress, settings.proxies)
    site.register(app)
    with engine.read() as session:
        test_clock.load(session)
    return product
