"""The two lamps in words: what a colour is called and what it means (requirements 0.2; never by colour alone)."""

from functools import cache
from typing import Any

from flask import current_app

from api.web.i18n import N_, language

AGE, DUE = "age", "due"

KINDS = {AGE: N_("时长灯"), DUE: N_("期限灯")}

WORDS = {
    "green": N_("绿灯"),
    "none": N_("无灯"),
    "yellow": N_("黄灯"),
    "red": N_("红灯"),
    "red_hollow": N_("空心红灯"),
}

MEANINGS = {
    AGE: {"green": N_("时间不长"), "none": N_("时间略长"), "yellow": N_("时间较长"), "red": N_("时间过长")},
    DUE: {
        "green": N_("已办结"),
        "none": N_("在办"),
        "yellow": N_("临近期限"),
        "red": N_("超期"),
        "red_hollow": N_("获批延期"),
    },
}


def meaning(kind: str, colour: str) -> str:
    """What a colour of a lamp says, as a message to translate; empty for a colour the lamp does not have."""
    return MEANINGS[kind].get(colour, "")


def both(due: str, age: str) -> str:
    """Both lamps beside each other as HTML, for the templates' macro `lamps`."""
    return _both(language(), due, age)


@cache
def _both(_language: str, due: str, age: str) -> str:
    """Drawn once in a process for each language and pair of colours: a list of fifty lines has a hundred lamps."""
    controls: Any = current_app.jinja_env.get_template("parts/controls.html").module
    drawn: str = controls.both(due, age)
    return drawn
