"""The table of access tokens and browser sessions."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant

BEARER, BROWSER = "bearer", "browser"


class AccessToken(Base):
    """A log-in. Only the token's SHA-256 is kept; all times are the machine's own, never the test clock's."""

    __tablename__ = "access_token"
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    username: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_access_token_expires_at", "expires_at"), Index("ix_access_token_username", "username"))
