"""What a browser posts, turned into the answers that JSON would hold: text to numbers, ticks to true, local times to moments."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from forms.moments import from_input
from forms.schema import Component, read

PAGE_NAMES: Final = frozenset({"csrf_token"})


class Posted(Protocol):
    """What is needed of a web framework's multi-dictionary."""

    def getlist(self, key: str, /) -> Sequence[str]:
        """Every value sent under a name, in order."""

    def __iter__(self) -> Any:
        """The names that were sent."""


def answers(form: Mapping[str, Any], posted: Posted) -> dict[str, Any]:
    """The answers in an HTML form post. Every field of the form is answered, empty ones with None: what a person cleared
    is cleared, and a box without a tick is false. Names the form does not have are handed on, for the check to refuse; the
    page's own token is none of them."""
    components = read(form).components
    found = {component.key: _answer(component, posted) for component in components}
    known = {name for component in components for name in names(component)}
    return found | {name: posted.getlist(name)[-1] for name in posted if name not in known and name not in PAGE_NAMES}


def names(component: Component) -> tuple[str, ...]:
    """The names of a component's inputs."""
    return (f"{component.key}.lat", f"{component.key}.lng") if component.type == "geo" else (component.key,)


def _answer(component: Component, posted: Posted) -> Any:
    if component.type == "geo":
        lat, lng = (_last(posted, name) for name in names(component))
        return {"lat": _number(lat), "lng": _number(lng)} if lat or lng else None
    sent = [value for value in posted.getlist(component.key) if value != ""]
    match component.type:
        case "checkbox":
            return bool(sent) and sent[-1] != "false"
        case "checklist" | "taglist":
            return [_listed(component, value) for value in sent]
        case "file":
            return sent
        case _ if not sent:
            return None
        case "radio" | "select":
            return _listed(component, sent[-1])
        case "number":
            return _number(sent[-1])
        case "datetime" if component.subtype != "date":
            return from_input(sent[-1])
        case _:
            return sent[-1]


def _listed(component: Component, text: str) -> Any:
    """The listed value that a page writes as this text; the text itself, for the check to refuse, if there is none."""
    return next((choice.value for choice in component.values if as_text(choice.value) == text), text)


def as_text(value: Any) -> str:
    """A choice's value as a page writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _last(posted: Posted, name: str) -> str:
    sent = posted.getlist(name)
    return sent[-1].strip() if sent else ""
