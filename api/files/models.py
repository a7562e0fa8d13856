"""The table of attachments."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant


class Attachment(Base):
    """An uploaded file (附件). It belongs to its uploader until a form that names it belongs to a case.

    `name` and `content` are sealed: both may hold personal data.
    """

    __tablename__ = "attachment"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_no: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Sealed)
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the clear content, in hex."""
    uploaded_by: Mapped[str] = mapped_column(String(80))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    __table_args__ = (Index("ix_attachment_case_no", "case_no"),)
