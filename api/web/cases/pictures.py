"""The present diagrams of a case for the island: what was walked, and where the tokens stand in whose hands."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.web.replay.track import ARRIVE, CANCEL, FAIL, LEAVE, PASS, ReplayStep
from api.web.scenes import Scene

Labels = Mapping[tuple[str, str], str]
"""The words under a waiting element, by (instance, element)."""


def pictures(steps: Iterable[ReplayStep], scenes: Sequence[Scene], labels: Labels) -> list[dict[str, Any]]:
    """One picture per scene, in their order."""
    taken: dict[str, list[ReplayStep]] = {scene.id: [] for scene in scenes}
    for step in steps:
        taken[step.scene.id].append(step)
    return [_picture(scene, taken[scene.id], labels) for scene in scenes]


def plain(address: str) -> dict[str, Any]:
    """The picture of a diagram on which nothing has happened."""
    return {"address": address, "visits": {}, "flows": [], "current": {}, "broken": []}


def _picture(scene: Scene, steps: Iterable[ReplayStep], labels: Labels) -> dict[str, Any]:
    visits, resting = Counter[str](), Counter[str]()
    flows, broken = dict[str, None](), set[str]()
    for step in steps:
        if step.element is None:
            continue
        if step.flow:
            flows[step.flow] = None
        visits[step.element] += step.move in (ARRIVE, PASS)
        resting[step.element] += {ARRIVE: 1, LEAVE: -1, CANCEL: -1}.get(step.move, 0)
        (broken.add if step.move == FAIL else broken.discard)(step.element)
    standing = [element for element, tokens in resting.items() if tokens > 0] if scene.live else []
    return {
        "address": scene.address,
        "visits": {element: count for element, count in visits.items() if count},
        "flows": list(flows),
        "current": {element: labels.get((scene.instance, element), "") for element in standing},
        "broken": sorted(broken),
    }
