"""The table of units."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base


class Unit(Base):
    """A unit that handles work orders 承办单位. `callback_secret` signs what passes between its OA and the hotline."""

    __tablename__ = "unit"

    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    name_en: Mapped[str] = mapped_column(String(96), default="")
    phone: Mapped[str] = mapped_column(String(32), default="")
    oa_url: Mapped[str | None] = mapped_column(String(400))
    callback_secret: Mapped[str | None] = mapped_column(Sealed, deferred=True)
    active: Mapped[bool] = mapped_column(default=True)
