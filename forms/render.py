"""How a page shows a form: everything decided here, so that the template `forms/form.html` only writes it down.

A page puts `TEMPLATES` on its template path, makes a `view` and calls the macros `summary(view)` and `fields(view)`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import orjson

from forms.messages import in_language
from forms.moments import to_input
from forms.posted import as_text
from forms.schema import Choice, Component, read

TEMPLATES: Final = Path(__file__).parent / "templates"
ZH: Final = {"choose": "请选择", "required": "必填", "lat": "纬度", "lng": "经度", "errors": "请修改以下内容：", "uploaded": "已上传"}
EN: Final = {
    "choose": "Choose",
    "required": "required",
    "lat": "Latitude",
    "lng": "Longitude",
    "errors": "Please correct:",
    "uploaded": "Uploaded",
}
INPUTS: Final = {"number": "number", "datetime": "datetime-local", "textfield": "text"}
LONG_LIST: Final = 12
"""A list of ticks longer than this gets a frame that scrolls."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice as a page writes it."""

    id: str
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Widget:
    """One field of a page. `attributes` are those of its input; `groups` are its choices under their headings."""

    id: str
    name: str
    kind: str
    label: str
    required: bool
    hint: str
    error: str
    value: Any
    attributes: Mapping[str, str]
    groups: tuple[tuple[str, tuple[Option, ...]], ...] = ()
    long: bool = False
    condition: str = ""
    hidden: bool = False

    @property
    def described_by(self) -> str:
        """The ids of what describes the input: its error first, then its hint."""
        return " ".join(f"{self.id}-{part}" for part in ("error", "hint") if getattr(self, part))


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as a page shows it, with its own words in the page's language. `unknown` are errors of no field of it."""

    title: str
    widgets: tuple[Widget, ...]
    words: Mapping[str, str]
    unknown: tuple[tuple[str, str], ...] = field(default=())

    @property
    def wrong(self) -> tuple[Widget, ...]:
        """The fields with an error, in order."""
        return tuple(widget for widget in self.widgets if widget.error)


def view(
    form: Mapping[str, Any],
    data: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    *,
    language: str = "zh-CN",
    hidden: Collection[str] = (),
    prefix: str = "f-",
) -> FormView:
    """A form's JSON (values resolved) with its answers so far and what was wrong with them.

    `hidden` are keys to start without (`forms.validate.hidden`); `prefix` keeps ids apart where a page shows two forms.
    """
    read_form, english, wrong = read(form), language.startswith("en"), errors or {}
    widgets = tuple(
        _widget(
            component,
            data.get(component.key),
            in_language(wrong.get(component.key, ""), language),
            english,
            component.key in hidden,
            prefix,
        )
        for component in read_form.components
    )
    unknown = tuple((key, in_language(text, language)) for key, text in wrong.items() if key not in read_form.keys)
    return FormView((english and read_form.title_en) or read_form.title, widgets, EN if english else ZH, unknown)


def _widget(component: Component, value: Any, error: str, english: bool, hidden: bool, prefix: str) -> Widget:
    name_id = prefix + component.key
    chosen = {as_text(item) for item in (value if isinstance(value, list) else [value]) if item is not None}
    return Widget(
        id=name_id,
        name=component.key,
        kind=_kind(component),
        label=(english and component.label_en) or component.label,
        required=component.rules.required,
        hint=(english and component.hint_en) or component.hint,
        error=error,
        value=_value(component, value),
        attributes=_attributes(component, error),
        groups=_groups(component.values, chosen, name_id, english) if component.chooses else (),
        long=len(component.values) > LONG_LIST,
        condition=_condition(component),
        hidden=hidden,
    )


def _kind(component: Component) -> str:
    if component.type == "datetime" or component.type in INPUTS:
        return "input"
    return {"taglist": "checklist", "geo": "place"}.get(component.type, component.type)


def _value(component: Component, value: Any) -> Any:
    match component.type:
        case "datetime":
            return to_input(value, day=component.subtype == "date")
        case "checkbox":
            return value is True
        case "file":
            return tuple(value) if isinstance(value, list) else ()
        case "geo":
            return value if isinstance(value, Mapping) else {}
        case _ if component.chooses:
            return None
        case _:
            return "" if value is None else str(value)


def _attributes(component: Component, error: str) -> dict[str, str]:
    rules, found = component.rules, {}
    if component.type in INPUTS:
        found["type"] = "date" if component.subtype == "date" else "tel" if component.is_phone else INPUTS[component.type]
        found["autocomplete"] = "off"
    if component.type == "number":
        found["step"] = "1" if component.whole else "any"
        found |= {name: f"{limit:g}" for name, limit in (("min", rules.least), ("max", rules.most)) if limit is not None}
    if component.type in ("textfield", "textarea"):
        limits = (("minlength", rules.min_length), ("maxlength", rules.max_length))
        found |= {name: str(limit) for name, limit in limits if limit is not None}
    if component.type == "textfield" and rules.pattern:
        found["pattern"] = rules.pattern
    # A field that may be hidden is not required by the browser: without the page's script it is always there.
    if rules.required and not component.hide_if and component.type not in ("checkbox", "checklist", "taglist", "file"):
        found["required"] = ""
    if component.readonly:
        found["readonly"] = ""
    if error:
        found["aria-invalid"] = "true"
    return found


def _groups(values: tuple[Choice, ...], chosen: set[str], name_id: str, english: bool) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    numbered = enumerate(values)
    return tuple(
        (heading, tuple(_option(choice, _option_id(name_id, number), chosen, english) for number, choice in members))
        for heading, members in groupby(numbered, key=lambda item: item[1].group)
    )


def _option_id(name_id: str, number: int) -> str:
    """The first choice carries the field's own id, so that a link to the field leads to it."""
    return f"{name_id}-{number}" if number else name_id


def _option(choice: Choice, option_id: str, chosen: set[str], english: bool) -> Option:
    value = as_text(choice.value)
    return Option(option_id, value, (english and choice.label_en) or choice.label, value in chosen)


def _condition(component: Component) -> str:
    simple = component.hidden_when
    if simple is None:
        return ""
    data = {
        "key": simple.key,
        "values": [as_text(value) if value is not None else "" for value in simple.values],
        "negated": simple.negated,
    }
    return orjson.dumps(data).decode()
