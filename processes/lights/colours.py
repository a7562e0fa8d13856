"""The colours of the two lamps, their order, and how pages say them in words and shapes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SEVERITY: Final = ("green", "none", "yellow", "red_hollow", "red")
"""From best to worst; `none` is an order in work that nothing is wrong with."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A colour in words, for those who do not see it; `shape` is told apart without colour, `glyph` is it in plain text."""

    zh: str
    en: str
    shape: str
    glyph: str

    def word(self, language: str) -> str:
        """The word in a language (`zh-CN`, `en`)."""
        return self.en if language.startswith("en") else self.zh


AGE_LAMP: Final = Saying("时长灯", "Age", "clock", "⏱")
DUE_LAMP: Final = Saying("期限灯", "Deadline", "flag", "⚑")

AGE: Final = {
    "green": Saying("及时", "Fresh", "disc", "●"),
    "none": Saying("留意", "Watch", "ring", "○"),
    "yellow": Saying("偏久", "Ageing", "triangle", "▲"),
    "red": Saying("过久", "Too old", "square", "■"),
    "red_hollow": Saying("过久", "Too old", "hollow-square", "□"),
}
DUE: Final = {
    "green": Saying("已办结", "Finished", "disc", "●"),
    "none": Saying("在办", "In work", "ring", "○"),
    "yellow": Saying("临近到期", "Due soon", "triangle", "▲"),
    "red": Saying("超期", "Overdue", "square", "■"),
    "red_hollow": Saying("获批延期", "Extended", "hollow-square", "□"),
}
UNLIT: Final = Saying("未派单", "Not dispatched", "dash", "–")


def say_age(colour: str | None) -> Saying:
    """How a page says an age lamp; None is a case that was never dispatched."""
    return UNLIT if colour is None else AGE[colour]


def say_due(colour: str | None) -> Saying:
    """How a page says a due lamp; None is a case that was never dispatched."""
    return UNLIT if colour is None else DUE[colour]


def worst(colours: Iterable[str]) -> str | None:
    """The worst of some colours; None of none."""
    return max(colours, key=SEVERITY.index, default=None)
