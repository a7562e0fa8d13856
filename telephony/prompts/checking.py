"""Whether an exchange has every prompt: one that is missing is skipped in silence, and the caller waits for nothing."""

from collections.abc import Iterable

from engine.errors import BihuanError
from telephony.ari import Ari
from telephony.prompts import FOLDER, LANGUAGE, TEXTS


class PromptsMissing(BihuanError):
    """电话交换机缺少提示音。 The exchange lacks prompts: make them with the project's own voice or record them, then restart it.

    `details` has their names (`missing`).
    """

    code = "prompts-missing"


def missing(exchange: Ari, names: Iterable[str] = TEXTS) -> list[str]:
    """The prompts that the exchange has not. It reads its sounds when it starts: files that came later count after a restart."""
    there = {sound.id for sound in exchange.system.sounds(LANGUAGE)}
    return sorted(name for name in names if f"{FOLDER}/{name}" not in there)


def require(exchange: Ari, names: Iterable[str] = TEXTS) -> None:
    """Raises `PromptsMissing` naming every one that is not there."""
    if lacking := missing(exchange, names):
        raise PromptsMissing(missing=lacking)
