"""The story of a case for its page: what people did, what was marked, what failed."""

from dataclasses import dataclass
from datetime import datetime

from api.web.i18n import N_
from api.web.replay.track import NOTES
from api.web.scenes import Story
from engine.history.expand import HistoryStep

STARTED, DONE, FAILED = N_("开始"), N_("完成"), N_("失败")


@dataclass(frozen=True, slots=True)
class Event:
    """One line. `name`, `word` and `flag` are messages to translate; `style` is its dot: `done`, `flag`, `bad` or nothing."""

    at: datetime
    name: str
    word: str
    actor: str
    style: str = ""
    flag: str = ""


def timeline(story: Story) -> list[Event]:
    """The events of a case, oldest first."""
    return [event for step in story.history if (event := _event(story, step)) is not None]


def _event(story: Story, step: HistoryStep) -> Event | None:
    drawn = story.scene_of(step).drawn
    name = drawn.name_of(step.element_id) if step.element_id else drawn.name
    flag = str((step.data or {}).get("flag") or "")
    if step.type == "start":
        return Event(step.at, drawn.name, STARTED, step.actor)
    if step.type == "complete":
        return Event(step.at, name, DONE, step.actor, "done")
    if step.type == "failed":
        return Event(step.at, name, FAILED, step.actor, "bad")
    if step.type in NOTES:
        return Event(step.at, name, NOTES[step.type], step.actor, flag=str((step.data or {}).get("reason") or ""))
    return Event(step.at, name, "", step.actor, "flag", flag) if flag else None
