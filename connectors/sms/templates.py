"""What messages say: fixed words and numbers that mean nothing to a stranger; no names, no telephone numbers, none of the case's text.

The query code stands in none of them: it is told once, when the case is opened, and kept nowhere (C03, C33).
"""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import orjson

SIGNATURE = "【12345政务服务便民热线】"
CITIZEN, CENTRE = "citizen", "centre"
CENTRE_TEXT = "案件{case_no}（{label}）需要处理，请登录系统查看。"
NO_NAME = "承办单位"


class Facts(NamedTuple):
    """What a message may tell; `due` as people read it."""

    case_no: str
    work_order: str = ""
    unit: str = NO_NAME
    due: str = "另行告知"
    ack_minutes: int = 30


def render(template: str, side: str, facts: Facts) -> str | None:
    """The message in Chinese; None where there is no such template, or none for citizens."""
    texts = _all().get(template)
    if texts is None or (side == CITIZEN and CITIZEN not in texts):
        return None
    text = texts[CITIZEN] if side == CITIZEN else texts.get(side) or (CENTRE_TEXT if side == CENTRE else texts["staff"])
    return SIGNATURE + text.format(**facts._asdict(), label=texts["label"])


def names() -> tuple[str, ...]:
    """The templates a diagram may name."""
    return tuple(_all())


@cache
def _all() -> dict[str, dict[str, str]]:
    templates: dict[str, dict[str, str]] = orjson.loads((files("connectors.sms") / "templates.json").read_bytes())
    return templates
