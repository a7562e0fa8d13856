"""Whether an exchange has every prompt: one that is missing is skipped in silence, and the caller waits for nothing."""

from collections.abc import Iterable

from engine.errors import BihuanError
from telephony.ari import Ari
from telephony.ari.errors import Gone
from telephony.prompts import FOLDER, LANGUAGE, TEXTS


class PromptsMissing(BihuanError):
    """电话交换机缺少提示音。 The exchange lacks prompts."""

    code = "prompts-missing"

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing
        names = " ".join(missing)
        super().__init__(
            f"电话交换机缺少提示音：{names}。请用 bihuan prompts 生成后重启交换机。 "
            f"The exchange lacks prompts: {names}. Make them with `bihuan prompts`, then restart it."
        )


def missing(exchange: Ari, names: Iterable[str] = TEXTS) -> list[str]:
    """The prompts that the exchange has not. It reads its sounds when it starts: files that came later count after a restart."""
    try:
        there = {sound.id for sound in exchange.system.sounds(LANGUAGE)}
    except Gone:  # it has none of this language
        there = set()
    return sorted(name for name in names if f"{FOLDER}/{name}" not in there)


def require(exchange: Ari, names: Iterable[str] = TEXTS) -> None:
    """Raises `PromptsMissing` naming every one that is not there."""
    if lacking := missing(exchange, names):
        raise PromptsMissing(lacking)
