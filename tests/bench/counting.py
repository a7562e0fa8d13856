"""A worker whose jobs are Python alone: `python -m tests.bench.counting`. It runs until SIGTERM, as `bihuan worker` does."""

import os
import signal
import threading

from sqlalchemy import create_engine

from engine.db import configure
from engine.jobs.cluster import ClusterQueue

COUNT = "count"
SIZE = 200_000
"""Numbers added up by one job: about 10 ms of one core."""


def count(size: int) -> None:
    """Keep one core busy for a moment."""
    sum(number * number for number in range(size))


def main() -> None:
    """Run such jobs."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    queue = ClusterQueue(configure(create_engine(os.environ["BIHUAN_DATABASE_URL"])))
    queue.start({COUNT: count})
    ended.wait()
    queue.stop()


if __name__ == "__main__":
    main()
