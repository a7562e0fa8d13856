"""Another process on the same database: `python -m tests.contract.engine.elsewhere URL VERSION` publishes a version of `case`."""

import sys

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from engine.db import configure
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import put_process


def publish(session: Session, number: int, *starts: str) -> None:
    """Publish a version of `case`, one user task and started by some messages."""
    body = draw.start() + draw.user("first", name=f"第{number}版") + draw.end()
    put_process(session, "case", draw.document("case", body, "begin>first; first>finish"), number, list(starts))


if __name__ == "__main__":
    with sessionmaker(configure(create_engine(sys.argv[1]))).begin() as opened:
        publish(opened, int(sys.argv[2]))
