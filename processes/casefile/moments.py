"""Moments as forms and diagrams write them."""

from datetime import datetime, timedelta

from engine.errors import Invalid
from forms.moments import from_input, read_date, read_moment
from processes.deadlines.zone import midnight


def parse(text: object, field: str) -> datetime:
    """An ISO 8601 moment as an aware datetime; without an offset it is local, a bare day means its end.

    Raises `Invalid` naming the field.
    """
    written = str(text)
    moment = read_moment(from_input(written))
    if moment is not None:
        return moment
    day = read_date(written)
    if day is None:
        raise Invalid(errors={field: "不是有效的时间。 This is not a date or time."})
    return midnight(day + timedelta(days=1))
