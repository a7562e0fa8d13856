"""Checking a submission against its form, as the engine's registry asks for it (contract.md, "Forms")."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from marshmallow import ValidationError

from forms import messages
from forms.check import CHOICES
from forms.compiled import Compiled, compiled
from forms.errors import HideIfUnsupported
from forms.schema import Component, Form

Errors: TypeAlias = dict[str, str]


class Evaluate(Protocol):
    """Whatever evaluates an expression of `hideIf`."""

    def __call__(self, expression: str, names: Mapping[str, Any], /) -> Any:
        """The value of an expression (without `=`) over the form's own answers."""


def simple_only(expression: str, names: Mapping[str, Any], /) -> Any:
    """Without an expression engine only the simple conditions of `forms.conditions` can be used."""
    raise HideIfUnsupported(expression=expression)


def validator(evaluate: Evaluate) -> Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]], tuple[dict[str, Any], Errors]]:
    """The registry's `form_validator`, with the expression engine to evaluate any `hideIf`."""

    def validate_with(form: Mapping[str, Any], answers: Mapping[str, Any], prefill: Mapping[str, Any]) -> tuple[dict[str, Any], Errors]:
        return validate(form, answers, prefill, evaluate)

    return validate_with


def validate(
    form: Mapping[str, Any], answers: Mapping[str, Any], prefill: Mapping[str, Any], evaluate: Evaluate = simple_only
) -> tuple[dict[str, Any], Errors]:
    """Check answers against a form's JSON, whose `values` are resolved.

    A field left out keeps its prefilled value; keys that begin with `_` are dropped, other unknown keys refused; fields
    that `hideIf` hides are dropped with whatever is wrong in them, and so is what came back of read-only ones. Answers every
    key of the form (absent ones None) and `{key: message}`; the answers count only when there are no errors. Raises
    `FormInvalid` for a form that is none.
    """
    plan = compiled(form)
    keys = plan.form.keys
    given = {key: answers[key] if key in answers else prefill.get(key) for key in keys}
    given |= dict.fromkeys(plan.form.readonly)
    clean, errors = _load(plan, given)
    _refuse_unlisted(form, clean, errors)
    for key in hidden(plan.form, clean, evaluate):
        clean[key] = None
        errors.pop(key, None)
    errors.update({str(key): messages.UNKNOWN_KEY for key in answers if key not in keys and not str(key).startswith("_")})
    return clean, errors


def hidden(form: Form, answers: Mapping[str, Any], evaluate: Evaluate = simple_only) -> list[str]:
    """The keys of the fields that their `hideIf` hides, given these answers; what is hidden counts as unanswered below it."""
    seen = {component.key: answers.get(component.key) for component in form.components}
    found: list[str] = []
    for component in form.components:
        if component.hide_if and _hides(component, seen, evaluate):
            found.append(component.key)
            seen[component.key] = None
    return found


def _hides(component: Component, answers: Mapping[str, Any], evaluate: Evaluate) -> bool:
    simple = component.hidden_when
    return simple.holds(answers) if simple else bool(evaluate(component.hide_if, answers))


def _load(plan: Compiled, given: Mapping[str, Any]) -> tuple[dict[str, Any], Errors]:
    try:
        return dict(plan.schema.load(given)), {}
    except ValidationError as error:
        valid: Any = error.valid_data
        wrong: Any = error.messages
        return {**dict.fromkeys(given), **valid}, {key: found[0] for key, found in wrong.items()}


def _refuse_unlisted(form: Mapping[str, Any], clean: Mapping[str, Any], errors: Errors) -> None:
    for component in form["components"]:
        key, answer = component["key"], clean.get(component["key"])
        if component["type"] not in CHOICES or answer is None or key in errors:
            continue
        listed = {(type(choice["value"]), choice["value"]) for choice in component.get("values") or ()}
        if any((type(item), item) not in listed for item in (answer if isinstance(answer, list) else [answer])):
            errors[key] = messages.NOT_CHOICE
