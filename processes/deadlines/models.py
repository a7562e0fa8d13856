"""The years that an administrator has entered; the shipped ones need no rows."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, Instant


class CalendarYear(Base):
    """One entered year 节假日年度: who entered it, from which notice, and whether it is provisional."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    provisional: Mapped[bool]
    source: Mapped[str] = mapped_column(String(200))
    loaded_at: Mapped[datetime] = mapped_column(Instant)
    loaded_by: Mapped[str] = mapped_column(String(64))
    days: Mapped[list["CalendarDay"]] = relationship(cascade="all, delete-orphan", lazy="selectin", order_by="CalendarDay.day")


class CalendarDay(Base):
    """A day that differs from its weekday: a holiday, or a make-up day 调休 that is worked."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("calendar_year.year", ondelete="CASCADE"), index=True)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(64))
