"""`bihuan serve`, `bihuan worker`, `bihuan telephony`."""

import subprocess
import threading
from pathlib import Path

import click

from api import preparation, serve
from api.clock.following import Following
from api.commands import start
from api.demo.accounts import announce
from engine import ending, heap
from engine.errors import BihuanError
from telephony.prompts import making
from telephony.seats import browsers
from telephony.worker import running


@click.command("serve")
def serve_command() -> None:
    """Serve the pages and the API, with the background work in a process beside the one that answers.

    In the demo it first makes what is missing: tables, diagrams, the demo city.
    """
    with start.refusals():
        settings = start.settings()
        serve.check_port(settings.host, settings.port)
        product = start.product(settings)
        preparation.prepare(product, start.mention)
        product.database.dispose()
    if not settings.production:
        start.mention(announce(settings))
    start.mention(f"http://{settings.host}:{settings.port}")
    serve.serve(settings)


@click.command("worker")
def worker_command() -> None:
    """Do the background work alone: timers, deliveries and whatever else waits.

    On PostgreSQL any number of such processes share it, on any number of machines. On SQLite one works and the others stand by.
    """
    with start.refusals():
        product = start.product(worker=True)
        if product.settings.production:
            preparation.refuse_demo(product)
    stopping = threading.Event()
    with ending.told(stopping.set):
        following = Following(product.sessions)
        if product.settings.test_clock:
            following.start()
        heap.settle()
        product.queue.start(product.handlers)
        start.mention("后台任务运行中 background work runs")
        stopping.wait()
        product.queue.stop()
        following.stop()


@click.command("prompts")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def prompts_command(folder: Path) -> None:
    """Make the sounds of the announcements in FOLDER, the exchange's folder of sounds (with espeak-ng and sox)."""
    try:
        made = making.make(folder)
    except (OSError, subprocess.SubprocessError) as failure:
        raise start.Refusal(
            f"提示音没有做成，请检查 espeak-ng、sox 和目录权限：{failure}。 The prompts were not made; are espeak-ng and sox installed, "
            f"and may we write there? {failure}"
        ) from failure
    start.tell(f"{len(made)} 条提示音已更新 prompts made: {' '.join(made)}")


@click.command("seats")
@click.argument("count", type=click.IntRange(1, browsers.MOST))
def seats_command(count: int) -> None:
    """Print the part of `pjsip.conf` for COUNT browsers as telephones, each with its own password."""
    with start.refusals():
        secret = start.settings().seat_secret
        if not secret:
            raise NoSeatSecret
        for section in browsers.sections(secret, count):
            click.echo(section)


class NoSeatSecret(BihuanError):
    """请设置 BIHUAN_SEAT_SECRET，浏览器话机的密码由它生成。 Set BIHUAN_SEAT_SECRET: the passwords of browsers are derived from it."""

    code = "no-seat-secret"


class NoExchange(BihuanError):
    """没有设置电话交换机，请设置 BIHUAN_ARI_URL。 There is no exchange to work with: set BIHUAN_ARI_URL."""

    code = "no-exchange"


class NoPassword(BihuanError):
    """请设置 BIHUAN_ARI_PASSWORD，即电话交换机上本系统账号的密码。 Set BIHUAN_ARI_PASSWORD, our account's password at the exchange."""

    code = "no-exchange-password"


@click.command("telephony")
def telephony_command() -> None:
    """Answer for the calls of an Asterisk: one process for each exchange and application name."""
    with start.refusals():
        settings = start.settings()
        if settings.ari_url is None:
            raise NoExchange
        if not settings.ari_password:  # web servers speak to no exchange and need none
            raise NoPassword
        product = start.product(settings)
        if settings.production:
            preparation.refuse_demo(product)
        heap.settle()
        running.run(settings, product.engine, product.database, start.mention)
