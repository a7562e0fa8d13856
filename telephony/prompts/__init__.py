"""提示音 What callers are told: the texts, the sounds that are made of them, and how a number is put together of several.

The exchange keeps the sounds as `<its sounds>/zh/bihuan/<name>.alaw`; a city that has its own speaker replaces the files.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LANGUAGE: Final = "zh"
FOLDER: Final = "bihuan"
"""Inside the language's folder of the exchange, so that our names and the exchange's own do not meet."""
TEXTS: Final[Mapping[str, str]] = json.loads((Path(__file__).parent / "texts.json").read_text(encoding="utf-8"))
"""What each prompt says, by name."""
MOST: Final = 99
"""The highest number that can be said; nobody is told of more people before them."""


def media(*names: str) -> str:
    """Prompts one after the other, as the exchange's `play` takes them. Raises `KeyError` for a prompt that there is not."""
    return ",".join(f"sound:{FOLDER}/{_known(name)}" for name in names)


def number(value: int) -> tuple[str, ...]:
    """The prompts that say a number as Chinese people do: 12 is 十二, 40 is 四十; what is above `MOST` is said as `MOST`."""
    tens, ones = divmod(min(max(value, 0), MOST), 10)
    said = [tens] if tens > 1 else []
    if tens:
        said.append(10)
    if ones or not tens:
        said.append(ones)
    return tuple(f"number-{part}" for part in said)


def digits(text: str) -> tuple[str, ...]:
    """The prompts that say a text's digits one by one, as staff numbers are (工号 1001: 一零零一)."""
    return tuple(f"number-{digit}" for digit in text if digit in "0123456789")


def queue_position(ahead: int) -> tuple[str, ...]:
    """您前面还有……位。 Nothing when nobody is ahead."""
    return ("queue-ahead", *number(ahead), "queue-people") if ahead > 0 else ()


def _known(name: str) -> str:
    if name not in TEXTS:
        raise KeyError(name)
    return name
