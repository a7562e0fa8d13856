"""A plan as people read it: from every number the way of its calls, as a tree of menus and nodes down to queues."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.web.i18n import N_
from telephony.prompts import TEXTS

DEEPEST = 30
"""Steps of a way that are drawn."""
KINDS = {
    "menu": N_("菜单"),
    "node": N_("节点"),
    "queue": N_("排队"),
    "voicemail": N_("留言"),
    "pager": N_("一键通"),
    "human": N_("人工"),
    "end": N_("挂断"),
}
TYPES = {"set": N_("计算"), "branch": N_("比较"), "collect": N_("收号"), "query": N_("查询"), "say": N_("播报"), "dial": N_("转接外部号码")}
PAGERS = {"direct": N_("直接呼叫联系人"), "centre": N_("先响中心座席")}
WAYS = {"key": N_("按 {name}"), "otherwise": N_("没有按键或按错"), "if": N_("如果 {name}"), "next": N_("然后"), "else": N_("否则")}


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on a caller's way (去处). `again` is one that is drawn elsewhere in the same tree."""

    kind: str
    name: str
    title: str = ""
    said: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    ways: tuple[tuple[str, str, "Stop"], ...] = ()
    """(how, with what, where to)."""
    again: bool = False


def way(plan: Mapping[str, Any], target: str) -> Stop:
    """The way on from a target."""
    return _stop(plan, target, set(), 0)


def text_of(prompt: object) -> str:
    """What a prompt says; of a value that is said, its expression in brackets."""
    if isinstance(prompt, Mapping):
        return f"[{' '.join(str(value) for value in prompt.values())}]"
    return TEXTS.get(str(prompt), str(prompt))


def _stop(plan: Mapping[str, Any], target: str, drawn: set[str], depth: int) -> Stop:
    kind, _, name = target.partition(":")
    if kind in ("menu", "node"):
        found = plan.get(f"{kind}s", {}).get(name, {})
        if target in drawn or depth >= DEEPEST:
            return Stop(kind, name, again=True)
        drawn.add(target)
        ways = tuple((how, what, _stop(plan, goal, drawn, depth + 1)) for how, what, goal in _ways(found))
        said = "".join(text_of(prompt) for prompt in found.get("say", ()))
        return Stop(kind, name, found.get("type", ""), said, tuple(_facts(found)), ways)
    if kind in ("queue", "voicemail"):
        return Stop(kind, name, str(plan.get("queues", {}).get(name, {}).get("name", "")))
    return Stop(kind, name, PAGERS.get(name, "") if kind == "pager" else "")


def _ways(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Where a menu or a node leads, in the order in which it is looked at."""
    menu = "keys" in found
    if menu:
        yield from (("key", key, goal) for key, goal in found["keys"].items())
    yield from (("if", str(case.get("if", "")), case["next"]) for case in found.get("cases", ()) if "next" in case)
    if "next" in found:
        yield "next", "", found["next"]
    if "otherwise" in found:
        yield ("otherwise" if menu else "else"), "", found["otherwise"]


def _facts(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What else a node says of itself, as it is written."""
    for name, value in found.items():
        if name not in ("type", "say", "keys", "cases", "next", "otherwise"):
            yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
