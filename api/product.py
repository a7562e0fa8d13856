"""The wired product as one value: what views, the command line and the background work reach everything by."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session, sessionmaker

from api.auth.known import Known
from api.sse import Pushes
from engine.jobs.port import Handler, JobQueue
from engine.lint import Catalogue
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.settings import Settings

EXTENSION = "bihuan"


@dataclass(frozen=True, slots=True)
class Product:
    """Everything that `bootstrap.build` put together. `handlers` are the background work by kind of job."""

    settings: Settings
    app: Flask
    database: Database
    sessions: sessionmaker[Session]
    registry: Registry
    catalogue: Catalogue
    engine: Engine
    queue: JobQueue
    handlers: Mapping[str, Handler]
    known: Known
    pushes: Pushes


def product() -> Product:
    """The product that serves the present request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Product)
    return found
