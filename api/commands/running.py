"""`bihuan serve`, `bihuan worker`, `bihuan telephony`."""

import signal
import threading
from types import FrameType

import click

from api import preparation, serve
from api.clock.following import Following
from api.commands import start
from api.demo.accounts import announce
from engine import heap


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

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    following = Following(product.sessions)
    if product.settings.test_clock:
        following.start()
    heap.settle()
    product.queue.start(product.handlers)
    start.mention("后台任务运行中 background work runs")
    stopping.wait()
    product.queue.stop()
    following.stop()


@click.command("telephony")
def telephony_command() -> None:
    """Run the calls of an Asterisk (not in this version yet)."""
    raise start.Refusal("本版本尚无电话功能。 The telephony is not in this version yet.")
