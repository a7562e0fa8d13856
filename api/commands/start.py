"""What most commands begin with: checked settings, the tables of this version, the product."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from api import bootstrap, logs, preparation
from api.product import Product
from engine import settings as environment
from engine.errors import BihuanError
from engine.settings import Settings

REFUSED = 2


class Refusal(click.ClickException):
    """One of our errors as the command line tells it: its lines on standard error, exit code 2."""

    exit_code = REFUSED

    def show(self, file: object = None) -> None:
        """Write the lines without any decoration."""
        click.echo(self.message, err=True)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn our errors into refusals."""
    try:
        yield
    except BihuanError as error:
        fields = [f"{field}: {message}" for field, message in error.errors.items()]
        raise Refusal("\n".join([error.message, *fields])) from error


def tell(line: str) -> None:
    """Write a line of what a command was asked for. Fails when it cannot be written."""
    click.echo(line)


def mention(line: str) -> None:
    """Write a line of progress, if there is room for it: a log on a full disk must keep no server from its work."""
    with suppress(OSError):
        click.echo(line)


def settings() -> Settings:
    """The checked settings."""
    found = environment.load()
    logs.configure(found.log_level, readable=not found.production)
    return found


def product(found: Settings | None = None, *, worker: bool = False) -> Product:
    """The product on a database of this version, until the command ends; see `bootstrap.build` for `worker`."""
    chosen = found or settings()
    preparation.tables(chosen, mention)
    built = bootstrap.build(chosen, worker=worker)
    click.get_current_context().call_on_close(built.database.dispose)
    preparation.require_key(built)
    return built
