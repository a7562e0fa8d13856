"""Each process's test clock follows the database's, which any process may have moved."""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from api.clock import services

EVERY = services.FOLLOWED.total_seconds() / 2
"""Seconds between two looks."""

log = structlog.get_logger("api.clock")


class Following:
    """A thread that looks; only where there is a test clock."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._stopping = threading.Event()

    def start(self) -> None:
        """Follow from now on; returns at once."""
        threading.Thread(target=self._follow, name="test-clock", daemon=True).start()

    def stop(self) -> None:
        """Follow no longer."""
        self._stopping.set()

    def _follow(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                services.follow(self._sessions)
            except SQLAlchemyError as failure:
                log.info("the test clock stays as it is", error=type(failure).__name__)
