"""A form's schema as values: what stands in `forms/*.json` after it was checked (contract.md, "Forms")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from forms.check import CHOICES, check
from forms.conditions import Condition, condition
from forms.errors import FormInvalid

TEXT: Final = frozenset({"textfield", "textarea"})
SEVERAL: Final = frozenset({"checklist", "taglist"})
LONGEST: Final = {"textfield": 500, "textarea": 20_000}
"""How many characters a text may have when its schema does not say."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that may be chosen; `group` gathers choices of a long list under a heading."""

    value: str | int | float | bool
    label: str
    label_en: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """A component's `validate`; None where the schema says nothing."""

    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    least: float | None = None
    most: float | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """One field of a form. `prefill` and `hide_if` are expressions without their leading `=`."""

    key: str
    label: str
    type: str
    label_en: str = ""
    hint: str = ""
    hint_en: str = ""
    subtype: str = ""
    values: tuple[Choice, ...] = ()
    values_key: str = ""
    rules: Rules = Rules()
    whole: bool = False
    prefill: str = ""
    hide_if: str = ""
    keep: str = ""
    readonly: bool = False
    """Shown, never an answer: what it shows stays out of submissions and process data."""

    @property
    def chooses(self) -> bool:
        """Whether its answer is one of the values listed, or some of them."""
        return self.type in CHOICES

    @property
    def several(self) -> bool:
        """Whether its answer is a list of choices."""
        return self.type in SEVERAL

    @property
    def is_phone(self) -> bool:
        """Whether it takes a telephone number: its key says so."""
        return self.type == "textfield" and "phone" in self.key

    @property
    def hidden_when(self) -> Condition | None:
        """The condition in the simple form that a page can follow without evaluating expressions; else None."""
        return condition(self.hide_if) if self.hide_if else None


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its id is the `formKey` of a user task."""

    id: str
    title: str
    components: tuple[Component, ...]
    title_en: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its answers, in the form's order."""
        return tuple(component.key for component in self.components)

    @property
    def readonly(self) -> frozenset[str]:
        """The keys of what is only shown."""
        return frozenset(component.key for component in self.components if component.readonly)

    @property
    def expressions(self) -> tuple[tuple[str, str], ...]:
        """Every expression in it, for the linter: (component key, text)."""
        return tuple((c.key, text) for c in self.components for text in (c.prefill, c.hide_if) if text)


def parse(data: Any) -> Form:
    """Read a form's JSON. Raises `FormInvalid` with everything that is wrong with it."""
    findings = check(data)
    if findings:
        raise FormInvalid(findings)
    return read(data)


def read(data: Mapping[str, Any]) -> Form:
    """Read a form's JSON that was checked when it was deployed."""
    return Form(
        id=data.get("id", ""),
        title=data.get("title", ""),
        title_en=data.get("title_en", ""),
        components=tuple(_component(component) for component in data["components"]),
    )


def _component(data: Mapping[str, Any]) -> Component:
    return Component(
        key=data["key"],
        label=data["label"],
        label_en=data.get("label_en", ""),
        type=data["type"],
        hint=data.get("description", ""),
        hint_en=data.get("description_en", ""),
        subtype=data.get("subtype") or "",
        values=tuple(_choice(choice) for choice in data.get("values") or ()),
        values_key=data.get("valuesKey") or "",
        rules=_rules(data.get("validate") or {}, data["type"]),
        whole=data.get("decimalDigits") == 0,
        prefill=_expression(data.get("prefill")),
        hide_if=_expression(data.get("hideIf")),
        keep=data.get("keep") or "",
        readonly=data.get("readonly") is True,
    )


def _choice(data: Mapping[str, Any]) -> Choice:
    return Choice(data["value"], str(data["label"]), data.get("label_en", ""), data.get("group", ""))


def _rules(data: Mapping[str, Any], kind: str) -> Rules:
    return Rules(
        required=bool(data.get("required")),
        min_length=data.get("minLength"),
        max_length=data.get("maxLength", LONGEST.get(kind)),
        least=data.get("min"),
        most=data.get("max"),
        pattern=data.get("pattern"),
    )


def _expression(text: str | None) -> str:
    return (text or "").removeprefix("=").strip()
