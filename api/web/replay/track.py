"""From the engine's history to the steps a replay walks: what moved, where to, by which sequence flow, who did it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from api.web.diagrams import BOUNDARY
from api.web.i18n import N_
from api.web.scenes import Scene, Story
from engine.history.expand import HistoryStep

ARRIVE, PASS, LEAVE, CANCEL, FAIL, NOTE = "arrive", "pass", "leave", "cancel", "fail", "note"

SILENT = frozenset({"start", "complete", "timer", "message", "signal"})
"""A command's own steps that only say what the next step shows anyway."""

NOTES = {
    "claim": N_("签收"),
    "release": N_("放回"),
    "delegate": N_("转交"),
    "callback": N_("单位回复"),
    "progress": N_("进展"),
    "retry": N_("重试故障环节"),
    "skip": N_("跳过故障环节"),
    "cancel": N_("终止流程"),
}

WORDS = {ARRIVE: N_("等待"), PASS: "", LEAVE: N_("完成"), CANCEL: N_("取消"), FAIL: N_("失败"), NOTE: N_("记录")}
ENTERED = N_("进入")


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """One step of the replay. `visit` counts the element's visits within its scene from 1; `name` and `word` are messages to translate."""

    scene: Scene
    element: str | None
    name: str
    move: str
    word: str
    flow: str | None
    at: datetime
    actor: str
    visit: int
    flag: str

    def as_json(self) -> dict[str, str | None]:
        """What the island needs of it."""
        return {"scene": self.scene.id, "element": self.element, "move": self.move, "flow": self.flow}


def track(story: Story) -> Iterator[ReplayStep]:
    """The steps of a replay in the order they happened.

    An element that was waited at is two steps, its arrival and its completion, and one visit. A boundary event stands
    by without a token, so only its firing is a step.
    """
    resting: Counter[tuple[str, str]] = Counter()
    visits: Counter[tuple[str, str]] = Counter()
    for step in story.history:
        if step.type in SILENT:
            continue
        scene, element = story.scene_of(step), step.element_id or ""
        if scene.drawn.kind_of(element) == BOUNDARY and step.type in ("waiting", "cancelled"):
            continue
        place = scene.id, element
        move = _move(step, resting[place] > 0)
        resting[place] += {ARRIVE: 1, LEAVE: -1, CANCEL: -1}.get(move, 0)
        visits[place] += move in (ARRIVE, PASS)
        yield ReplayStep(
            scene=scene,
            element=step.element_id,
            name=scene.drawn.name_of(element) if element else "",
            move=move,
            word=ENTERED if step.type == "entered" else NOTES.get(step.type, WORDS[move]),
            flow=step.flow_id,
            at=step.at,
            actor=step.actor,
            visit=visits[place] or 1,
            flag=str((step.data or {}).get("flag") or ""),
        )


def _move(step: HistoryStep, rests: bool) -> str:
    match step.type:
        case "waiting" | "entered":
            return ARRIVE
        case "completed":
            return LEAVE if rests else PASS
        case "cancelled":
            return CANCEL if rests else NOTE
        case "failed":
            return FAIL
        case _:
            return NOTE
