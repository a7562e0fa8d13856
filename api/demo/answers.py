"""Filling in a task's form: what was chosen, what is known of the matter, and something fitting for the rest that is required."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from api.demo.habits import WORDS
from api.demo.matters import Matter

CONTACT = {"contact_person": "经办人", "contact_phone": "029-33210000"}


def fill(
    components: Sequence[Mapping[str, Any]], prefill: Mapping[str, Any], chosen: Mapping[str, Any], matter: Matter, now: datetime
) -> dict[str, Any]:
    """Answers that the form accepts; prefilled fields are left as they stand."""
    known = {**WORDS, **CONTACT, **_facts(matter)}
    answers: dict[str, Any] = {}
    for component in components:
        key = component["key"]
        if key in chosen:
            answers[key] = _fitting(component, chosen[key], now)
        elif prefill.get(key) in (None, "", []):
            if key in known:
                answers[key] = _fitting(component, known[key], now)
            elif component.get("validate", {}).get("required"):
                answers[key] = _something(component, now)
    return {key: value for key, value in answers.items() if value is not None}


def _facts(matter: Matter) -> dict[str, Any]:
    return {
        **matter.classes,
        "area": matter.area.code,
        "address": matter.address,
        "kind": matter.kind,
        "urgency": matter.urgency,
        "channel": matter.channel,
        "title": matter.title,
        "caller_name": matter.name,
        "phone": matter.phone,
    }


def _fitting(component: Mapping[str, Any], value: Any, now: datetime) -> Any:
    """The value, if the field takes it; else something else for a required one."""
    required = component.get("validate", {}).get("required", False)
    if component["type"] in ("radio", "select"):
        offered = [one["value"] for one in component.get("values", ())]
        return value if value in offered else _something(component, now) if required else None
    wanted: dict[str, type | tuple[type, ...]] = {"checkbox": bool, "number": (int, float), "textfield": str, "textarea": str}
    fits = isinstance(value, wanted.get(component["type"], ()))
    return value if fits else _something(component, now) if required else None


def _something(component: Mapping[str, Any], now: datetime) -> Any:
    rules = component.get("validate", {})
    match component["type"]:
        case "radio" | "select":
            return component["values"][0]["value"]
        case "checklist" | "taglist":
            return [component["values"][0]["value"]]
        case "checkbox":
            return True
        case "number":
            return max(rules.get("min", 1), min(1, rules.get("max", 1)))
        case "datetime":
            moment = now + timedelta(days=2)
            return moment.date().isoformat() if component.get("subtype") == "date" else moment.isoformat(timespec="seconds")
        case _:
            text = "029-33210000" if "phone" in component["key"] else WORDS["reason"]
            return text[: rules.get("maxLength", len(text))]
