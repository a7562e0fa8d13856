"""The catalogues and the look-up in them."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import orjson

LANGUAGES: Final = {"zh-CN": "中文", "en": "English"}
"""Language code → its own name; the first is the language the messages are written in."""

KEPT = 2_048
"""How many messages stay taken apart: the names of tasks stand in every line of a list."""
_HERE = Path(__file__).parent
_TWO_LANGUAGES = (
    re.compile(r"(?s)(?P<zh>.*?[。！？])\s+(?P<en>[A-Z].*)"),
    re.compile(r"(?P<zh>.*[^\x00-\x7f].*?)\s+(?P<en>[A-Z][\x20-\x7e]*)"),
)
"""Sentences `中文。 English.`, then phrases `中文 English`."""


def N_(message: str) -> str:  # noqa: N802 the name that message extraction has had since gettext
    """Mark a message that is translated later, where the reader is known."""
    return message


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every message of a language; empty for the language the messages are written in."""
    words: dict[str, str] = {}
    for path in sorted((_HERE / language).glob("*.json")):
        words |= orjson.loads(path.read_bytes())
    return words


def missing(message: str) -> list[str]:
    """The languages that lack a message."""
    return [language for language in list(LANGUAGES)[1:] if message not in catalogue(language)]


def translate(message: str, language: str, /, **values: object) -> str:
    """A message in a language, with its `{names}` filled in; a message nobody translated stays as it is."""
    text = catalogue(language).get(message, message)
    return text.format_map(values) if values else text


@lru_cache(maxsize=KEPT)
def one_language(message: str, language: str) -> str:
    """The reader's half of a message that carries both, Chinese first (`中文。 English.`)."""
    for pattern in _TWO_LANGUAGES:
        halves = pattern.fullmatch(message.strip())
        if halves is not None:
            return halves["zh"] if language == "zh-CN" else halves["en"]
    return translate(message, language)
