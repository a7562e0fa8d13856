"""Moments as people read them: in the hotline's own zone, absolute and relative to the product's clock."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from api.web.i18n import N_, language, translate
from engine import clock

ZONE = ZoneInfo("Asia/Shanghai")
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))
_AGO = {"day": N_("{n} 天前"), "hour": N_("{n} 小时前"), "minute": N_("{n} 分钟前")}
_LEFT = {"day": N_("剩 {n} 天"), "hour": N_("剩 {n} 小时"), "minute": N_("剩 {n} 分钟")}
_OVER = {"day": N_("已超 {n} 天"), "hour": N_("已超 {n} 小时"), "minute": N_("已超 {n} 分钟")}
_LASTED = {"day": N_("{n} 天"), "hour": N_("{n} 小时"), "minute": N_("{n} 分钟")}
_SOON = timedelta(hours=24)
_WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))


class Deadline(NamedTuple):
    """A due moment in all the words that a page has for it."""

    iso: str
    full: str
    absolute: str
    left: str
    urgency: str


def deadline(due: datetime) -> Deadline:
    """What a page says of a due moment."""
    return Deadline(due.isoformat(), full(due), absolute(due), left(due), urgency(due))


def absolute(moment: datetime) -> str:
    """Date and time of day in Asia/Shanghai; the year only when it is not this one."""
    local = moment.astimezone(ZONE)
    text = local.isoformat(" ", "minutes")[:16]  # `strftime` costs several times as much, and lists are full of moments
    return text[5:] if local.year == clock.now().astimezone(ZONE).year else text


def clock_time(moment: datetime) -> str:
    """The time of day to the second in Asia/Shanghai."""
    return f"{moment.astimezone(ZONE):%H:%M:%S}"


def full(moment: datetime) -> str:
    """Date, weekday and time to the second in Asia/Shanghai."""
    local = moment.astimezone(ZONE)
    text = local.isoformat(" ", "seconds")
    return f"{text[:10]} {translate(_WEEKDAYS[local.weekday()], language())} {text[11:19]}"


def ago(moment: datetime) -> str:
    """How long ago a past moment was."""
    return _phrase(_AGO, clock.now() - moment) or translate(N_("刚刚"), language())


def left(due: datetime) -> str:
    """How much time is left until a due moment, or by how much it has passed."""
    remaining = due - clock.now()
    words, short = (_LEFT, N_("马上到期")) if remaining > timedelta(0) else (_OVER, N_("刚刚超期"))
    return _phrase(words, abs(remaining)) or translate(short, language())


def lasted(span: timedelta) -> str:
    """A span of time in its largest whole unit."""
    return _phrase(_LASTED, span) or translate(N_("不到 1 分钟"), language())


def urgency(due: datetime) -> str:
    """The style of a due moment: `late` when passed, `soon` within a day, else nothing."""
    remaining = due - clock.now()
    if remaining <= timedelta(0):
        return "late"
    return "soon" if remaining < _SOON else ""


def _phrase(words: dict[str, str], span: timedelta) -> str | None:
    for length, unit in _UNITS:
        if span >= length:
            return translate(words[unit], language(), n=span // length)
    return None
