"""The form of an outbound list: what people type, read into what the service takes, every mistake by its field."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import orjson

from api.web.i18n import N_, language, translate
from forms.moments import LOCAL, from_input, read_moment
from telephony.campaigns.services import NAMED, NewCampaign, mistakes, wrong_places
from telephony.plan.values import Plan

NEVER: Final = datetime(2000, 1, 1, tzinfo=LOCAL)
"""Stands for a moment that could not be read, of which the error tells."""
WHOLE: Final = ("most_tries", "pause_minutes", "at_once")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
NO_MOMENT = N_("请填写日期和时间。")
NO_CLOCK = N_("时间应写作 08:30。")
NO_NUMBERS = N_("有 {n} 行不是有效的电话号码，行号和内容：{lines}")


def first(now: datetime) -> dict[str, str]:
    """What a fresh form starts with: a week from now on, office hours."""
    begin = now.astimezone(LOCAL).replace(second=0, microsecond=0)
    moments = {"opens_at": f"{begin:%Y-%m-%dT%H:%M}", "closes_at": f"{begin + timedelta(days=7):%Y-%m-%dT%H:%M}"}
    return {**moments, "from": "09:00", "to": "18:00", "most_tries": "3", "pause_minutes": "60", "at_once": "5"}


def read(typed: Mapping[str, str], plan: Plan) -> tuple[NewCampaign, dict[str, str]]:
    """The list that was typed, and what is wrong with it by field; numbers stand one a line, blank lines count as nothing."""
    errors: dict[str, str] = {}
    opens_at, closes_at = (_moment(typed, name, errors) for name in ("opens_at", "closes_at"))
    numbers = tuple(line.strip() for line in typed.get("numbers", "").splitlines() if line.strip())
    begin, end = _minute(typed, "from", errors), _minute(typed, "to", errors)
    tries, pause, at_once = (_whole(typed.get(name, "")) for name in WHOLE)
    name, queue = typed.get("name", ""), typed.get("queue", "")
    new = NewCampaign(name, numbers, opens_at, closes_at, queue, begin, end or 24 * 60, tries, pause, at_once)
    return new, {**_renamed(mistakes(new, plan)), **errors, **_lines(typed.get("numbers", ""))}


def answers(result: str) -> list[str]:
    """The answers to the survey's questions that a number's row keeps, in the order of the questions."""
    return [str(answer) for answer in orjson.loads(result).values()]


def _lines(text: str) -> dict[str, str]:
    """The lines that hold no number, with what stands there."""
    lines = text.splitlines()
    wrong = [place for place in wrong_places(lines) if lines[place - 1].strip()]
    if not wrong:
        return {}
    named = "; ".join(f"{place}: {lines[place - 1].strip()[:24]}" for place in wrong[:NAMED])
    return {"numbers": translate(NO_NUMBERS, language(), n=len(wrong), lines=named)}


def _renamed(errors: Mapping[str, str]) -> dict[str, str]:
    """Errors under the names of the form's fields."""
    return {{"from_minute": "from"}.get(name, name): message for name, message in errors.items()}


def _moment(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> datetime:
    found = read_moment(from_input(typed.get(name, "")))
    if found is None:
        errors[name] = NO_MOMENT
    return found or NEVER


def _minute(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> int:
    """Minutes after midnight; a list that is called until 00:00 is called until the day's end."""
    found = _CLOCK.fullmatch(typed.get(name, "").strip())
    if found is None:
        errors[name] = NO_CLOCK
        return 0
    return int(found[1]) * 60 + int(found[2])


def _whole(text: str) -> int:
    """A number, 0 for what is none; 0 is refused with the bounds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000") else 0
