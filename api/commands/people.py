"""`bihuan user`, `bihuan load`."""

import secrets
import sys

import click

from api.commands import start
from api.demo.city import load_more
from engine.actor import SYSTEM
from engine.runtime.work import Work
from processes.registry.accounts import services as accounts


@click.group("user")
def user_group() -> None:
    """Accounts."""


@user_group.command("add")
@click.argument("username")
@click.option("--group", "groups", multiple=True, required=True, help="A role, or unit:<code>; may be given several times.")
@click.option("--name", default="", help="The name that colleagues see; the username without it.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
def add_command(username: str, groups: tuple[str, ...], name: str, password_stdin: bool) -> None:
    """Add an account; a password made here is shown once."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)

    def command(work: Work) -> None:
        accounts.add(work.session, username, password, groups=groups, display_name=name or username)

    with start.refusals():
        start.product().engine.transact(SYSTEM, command)
    start.tell(f"{username}" if password_stdin else f"{username} {password}")


@click.command("load")
@click.option("--cases", default=200, show_default=True, type=click.IntRange(1, 1_000_000), help="How many cases to make.")
@click.option("--seed", default=2, show_default=True, help="The same seed gives the same people and matters.")
def load_command(cases: int, seed: int) -> None:
    """Make synthetic cases in all states through the real commands (refused in production)."""
    with start.refusals():
        settings = start.settings()
        if settings.production:
            raise start.Refusal("生产环境不生成演示数据。 Production makes no synthetic data.")
        load_more(start.product(settings), cases, seed, start.tell)
