"""What somebody looked at before they changed it, so that nobody undoes unawares what came since."""

import hashlib

import orjson

from engine.errors import Conflict


class ChangedMeanwhile(Conflict):
    """刚刚有人改过，请看清现在的内容再保存。 Somebody changed this meanwhile: look at what stands there now, then save again."""

    code = "changed-meanwhile"


def mark(*values: object) -> str:
    """A short mark of values, the same for the same ones; what is empty and what is missing are the same."""
    return hashlib.sha256(orjson.dumps([value or "" for value in values])).hexdigest()[:20]


def check(mark_then: str | None, mark_now: str) -> None:
    """Let a change pass whose writer looked at what stands there now, or did not say. Raises `ChangedMeanwhile`."""
    if mark_then and mark_then != mark_now:
        raise ChangedMeanwhile
