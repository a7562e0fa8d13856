"""One command at a time for a key, until it commits: whoever looks before they write sees what the one before has written.

SQLite has one writer at a time anyway.
"""

from hashlib import blake2b
from typing import Final

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.orm import Session

from engine.prepared import Prepared

LOCK: Final = Prepared(select(func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger))))


def hold(session: Session, key: str) -> None:
    """Wait until no other command holds the key, and hold it to the end of this one's transaction."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        LOCK.run(connection, {"lock": number(key)})


def number(key: str) -> int:
    """The advisory lock of a key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)
