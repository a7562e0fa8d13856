"""A process that runs jobs until it is killed: `python -m tests.contract.jobs.endless ADAPTER URL`. It says when a job has begun."""

import sys
import threading

from sqlalchemy import create_engine

from engine.db import configure
from tests.contract.jobs.adapters import ADAPTERS


def begin(tag: str) -> None:
    """Say so, and never end."""
    sys.stdout.write(f"{tag}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    ADAPTERS[sys.argv[1]].make(configure(create_engine(sys.argv[2]))).start({"work": begin})
    threading.Event().wait()
