"""The working-day calendar as a value: which days are worked, and arithmetic over them; no database, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from processes.deadlines.errors import UnknownYear
from processes.deadlines.zone import local_day, midnight, on_day

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Year:
    """The days of one year that differ from plain weekdays and weekends.

    `holidays` are days off (weekends among them do no harm), `workdays` are make-up days 调休 that are worked although
    they fall on a weekend; both name the festival. `provisional` years were filled in before the yearly notice.
    """

    year: int
    holidays: Mapping[date, str]
    workdays: Mapping[date, str]
    provisional: bool
    source: str


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The years that are known; any other is refused with `UnknownYear`, never guessed (E06)."""

    years: Mapping[int, Year]

    def year(self, year: int) -> Year:
        """One year's table. Raises `UnknownYear`."""
        try:
            return self.years[year]
        except KeyError:
            raise UnknownYear(year) from None

    def is_working(self, day: date) -> bool:
        """Whether a day (in Shanghai) is worked. Raises `UnknownYear`."""
        year = self.year(day.year)
        if day in year.holidays:
            return False
        return day in year.workdays or day.weekday() < SATURDAY

    def is_provisional(self, day: date) -> bool:
        """Whether the table of that day's year may still change. Raises `UnknownYear`."""
        return self.year(day.year).provisional

    def day_after(self, day: date, working_days: int) -> date:
        """The n-th working day after a day (n ≥ 1), or before it (n ≤ -1); the day itself for 0. Raises `UnknownYear`."""
        step = ONE_DAY if working_days > 0 else -ONE_DAY
        left = abs(working_days)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def after(self, moment: datetime, working_days: int) -> datetime:
        """The same local time of day on the n-th working day after (or before) an aware moment. Raises `UnknownYear`."""
        return on_day(self.day_after(local_day(moment), working_days), moment)

    def days_between(self, start: datetime, end: datetime) -> int:
        """How many working days begin after the local day of `start` and not after that of `end`. Raises `UnknownYear`."""
        day, last, count = local_day(start), local_day(end), 0
        while day < last:
            day += ONE_DAY
            count += self.is_working(day)
        return count

    def back(self, moment: datetime, working_days: float) -> datetime:
        """Go back over working days of 24 hours, parts of a day included; days off do not count. Raises `UnknownYear`."""
        left = timedelta(days=working_days)
        day = local_day(moment)
        end = moment
        while True:
            start = midnight(day)
            if self.is_working(day):
                if end - start >= left:
                    return end - left
                left -= end - start
            end, day = start, day - ONE_DAY


def merged(*layers: Iterable[Year]) -> WorkCalendar:
    """One calendar out of several lists of years; a later list replaces a year whole."""
    return WorkCalendar({year.year: year for layer in layers for year in layer})
