"""A process that runs jobs until it is killed: `python -m tests.contract.jobs.endless URL`. It says when a job has begun."""

import sys
import threading

from sqlalchemy import create_engine

from engine.db import configure
from engine.jobs.local import LocalQueue


def begin(tag: str) -> None:
    """Say so, and never end."""
    sys.stdout.write(f"{tag}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    LocalQueue(configure(create_engine(sys.argv[1]))).start({"work": begin})
    threading.Event().wait()
