"""The reason (理由) that somebody gives for what is put on record."""

from typing import Final

from engine.errors import Invalid

SHORTEST: Final = 2
LONGEST: Final = 200


def wrong(reason: str, longest: int = LONGEST) -> str:
    """What is wrong with a reason, blanks around it aside, in Chinese and English; empty for a good one."""
    if SHORTEST <= len(reason.strip()) <= longest:
        return ""
    return f"请写明理由（{SHORTEST} 至 {longest} 字）。 Say why, in {SHORTEST} to {longest} characters."


def tidy(reason: str, longest: int = LONGEST) -> str:
    """A reason without the blanks around it. Raises `Invalid` at `reason` for what is none."""
    if message := wrong(reason, longest):
        raise Invalid(errors={"reason": message})
    return reason.strip()
