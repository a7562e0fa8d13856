"""Rules about an upload as a whole: keys that two files define, or that something of another kind has already."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.definitions.models import DECISION, FORM, PROCESS
from engine.definitions.parts import Part
from engine.lint.catalogue import Catalogue
from engine.lint.findings import Finding, Rule

SAME_KEY = Rule(
    "same-key",
    "{key} 在 {other} 中已经定义。",
    "{key} is defined in {other} already.",
    "每个流程、决策表和表单用各自的 id。",
    "Give every process, decision table and form an id of its own.",
)
OTHER_KIND = Rule(
    "key-of-another-kind",
    "{key} 已经是{other}的 id。",
    "{key} is the id of a {other_en} already.",
    "换一个 id。",
    "Choose another id.",
)
_NAMES = {PROCESS: ("流程", "process"), DECISION: ("决策表", "decision table"), FORM: ("表单", "form")}


def check(parts: Sequence[Part], deployed: Catalogue) -> Iterator[Finding]:
    """Check what the files of an upload define, against each other and against what is deployed."""
    seen: dict[str, Part] = {}
    taken = {PROCESS: deployed.processes, DECISION: deployed.decisions, FORM: deployed.forms}
    for part in parts:
        if part.key in seen:
            yield replace(SAME_KEY.at(part.key, key=part.key, other=seen[part.key].file), file=part.file)
        seen.setdefault(part.key, part)
        for kind, keys in taken.items():
            if kind != part.kind and part.key in keys:
                other, other_en = _NAMES[kind]
                yield replace(OTHER_KIND.at(part.key, key=part.key, other=other, other_en=other_en), file=part.file)
