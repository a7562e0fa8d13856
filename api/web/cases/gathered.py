"""The exchanges around a case in one list: entries, urges, supervising, returns, extensions, replies, visits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.web import words
from api.web.i18n import N_, language, translate

SUPERVISED, RETURNED, EXTENSION, REPLY, VISIT = N_("督办"), N_("退单"), N_("延期申请"), N_("反馈市民"), N_("回访")
REACHED, NOT_REACHED = N_("已告知"), N_("未联系上")


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange. `what` and `state` are messages to translate; `about` is the work order concerned."""

    at: datetime
    by: str
    what: str
    state: str = ""
    about: str = ""
    text: str = ""


def gathered(case: Mapping[str, Any]) -> list[Line]:
    """The exchanges of a case as `processes.cases.views.case` gives it, oldest first."""
    return sorted(_lines(case), key=lambda line: line.at)


def _lines(case: Mapping[str, Any]) -> Iterator[Line]:
    for entry in case["entries"]:
        yield Line(entry["at"], entry["by"], words.word(words.ENTRIES, entry["kind"]), entry["label"] or "", text=entry["text"] or "")
    for urge in case["urges"]:
        yield Line(urge["at"], urge["by"], words.word(words.URGES, urge["kind"]), about=urge["work_order"] or "", text=urge["text"] or "")
    for one in case["supervision"]:
        text = "\n".join(part for part in (one["opinion"], one["reply"]) if part)
        yield Line(one["opened_at"], one["opened_by"], SUPERVISED, words.word(words.SUPERVISION, one["state"]), one["work_order"], text)
    for one in case["returns"]:
        reason = translate(words.word(words.RETURN_REASONS, one["reason"]), language())
        text = "\n".join(part for part in (reason, one["basis"], one["audit_reason"]) if part)
        yield Line(one["at"], one["by"], RETURNED, words.word(words.AUDITS, one["audit"]), one["work_order"], text)
    for one in case["extensions"]:
        yield Line(one["asked_at"], one["asked_by"], EXTENSION, words.word(words.EXTENSIONS, one["state"]), one["work_order"])
    for one in case["replies"]:
        yield Line(one["at"], one["by"], REPLY, REACHED if one["reached"] else NOT_REACHED, text=one["content"] or "")
    for one in case["visits"]:
        yield Line(one["at"], one["by"], VISIT, words.word(words.SATISFACTION, one["result"]), text=one["text"] or "")
