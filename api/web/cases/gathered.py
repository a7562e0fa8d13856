"""The exchanges around a case in one list: entries, urges, supervising, returns, extensions, replies, visits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.web import words
from api.web.i18n import N_, language, translate

SUPERVISED, OPINION, ANSWERED = N_("督办"), N_("督办意见"), N_("督办答复")
RETURNED, EXTENSION, REPLY, VISIT = N_("退单"), N_("延期申请"), N_("反馈市民"), N_("回访")
BECAUSE = N_("理由：{reason}")
REACHED, NOT_REACHED = N_("已告知"), N_("未联系上")
SUBJECTS = {"handler_sat": N_("经办人"), "handling_sat": N_("案件办理")}


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange. `what` and `state` are messages to translate; `about` is the work order concerned, `before` what stood in a
    record before it was corrected; `faces` are (subject, mood, word) of a visit."""

    at: datetime
    by: str
    what: str
    state: str = ""
    about: str = ""
    text: str = ""
    before: str = ""
    faces: tuple[tuple[str, str, str], ...] = ()


def gathered(case: Mapping[str, Any]) -> list[Line]:
    """The exchanges of a case as `processes.cases.views.case` gives it, oldest first."""
    return sorted(_lines(case), key=lambda line: line.at)


def _lines(case: Mapping[str, Any]) -> Iterator[Line]:
    for entry in case["entries"]:
        yield _entry(entry)
    for urge in case["urges"]:
        yield Line(urge["at"], urge["by"], words.word(words.URGES, urge["kind"]), about=urge["work_order"] or "", text=urge["text"] or "")
    for one in case["supervision"]:
        yield from _supervision(one)
    for one in case["returns"]:
        reason = translate(words.word(words.RETURN_REASONS, one["reason"]), language())
        text = "\n".join(part for part in (reason, one["basis"], one["audit_reason"]) if part)
        yield Line(one["at"], one["by"], RETURNED, words.word(words.AUDITS, one["audit"]), one["work_order"], text)
    for one in case["extensions"]:
        yield Line(one["asked_at"], one["asked_by"], EXTENSION, words.word(words.EXTENSIONS, one["state"]), one["work_order"])
    for one in case["replies"]:
        yield Line(one["at"], one["by"], REPLY, REACHED if one["reached"] else NOT_REACHED, text=one["content"] or "")
    for one in case["visits"]:
        faces = tuple((subject, one[key], words.word(words.SATISFACTION, one[key])) for key, subject in SUBJECTS.items() if one[key])
        yield Line(one["at"], one["by"], VISIT, words.word(words.SATISFACTION, one["result"]), text=one["text"] or "", faces=faces)


def _entry(entry: Mapping[str, Any]) -> Line:
    at, by, what = entry["at"], entry["by"], words.word(words.ENTRIES, entry["kind"])
    text, label = entry["text"] or "", entry["label"] or ""
    if entry["kind"] == "correction":
        reason = translate(BECAUSE, language(), reason=entry["reason"] or "")
        return Line(at, by, what, words.word(words.RECORD, label), text=reason, before=text)
    return Line(at, by, what, words.word(words.WISHES, label) if entry["kind"] == "messages" else label, text=text)


def _supervision(one: Mapping[str, Any]) -> Iterator[Line]:
    """When it began, the newest opinion, the unit's newest answer."""
    order = one["work_order"]
    yield Line(one["opened_at"], one["opened_by"], SUPERVISED, words.word(words.SUPERVISION, one["state"]), order)
    if one["opinion_at"]:
        yield Line(one["opinion_at"], one["opinion_by"], OPINION, about=order, text=one["opinion"] or "")
    if one["replied_at"]:
        yield Line(one["replied_at"], one["replied_by"], ANSWERED, about=order, text=one["reply"] or "")
