"""A form's schema compiled to a marshmallow schema, once for each form and then kept."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson
from marshmallow import Schema

from forms.fields import field_of
from forms.schema import Form, parse

KEPT = 512
"""How many compiled forms are kept; far more than a city has."""

_compiled: OrderedDict[bytes, "Compiled"] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A form with the schema that checks the kind, size and presence of its answers. Its choices are not in it: a list of
    values that a source gives differs from task to task, the form does not."""

    form: Form
    schema: Schema


def compiled(data: Mapping[str, Any]) -> Compiled:
    """The compiled form of a JSON schema; safe to call from several threads. Raises `FormInvalid`."""
    stripped = _without_values(data)
    key = orjson.dumps(stripped, option=orjson.OPT_NON_STR_KEYS)  # the same form has its keys in the same order
    with _lock:
        if key in _compiled:
            _compiled.move_to_end(key)
            return _compiled[key]
    fresh = _compile(stripped)
    with _lock:
        _compiled[key] = fresh
        while len(_compiled) > KEPT:
            _compiled.popitem(last=False)
    return fresh


def _compile(data: Mapping[str, Any]) -> Compiled:
    form = parse(data)
    schema = Schema.from_dict({component.key: field_of(component) for component in form.components}, name=f"Form_{form.id}")
    return Compiled(form, schema())


def _without_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """The form without its lists of values; a placeholder stands for them, so that `check` still finds a choice complete."""
    components = data.get("components")
    if not isinstance(components, list):
        return dict(data)
    return {**data, "components": [_stripped(component) for component in components]}


def _stripped(component: Any) -> Any:
    if not isinstance(component, Mapping) or "values" not in component:
        return component
    kept = {**component, "valuesKey": component.get("valuesKey") or "inline"}
    del kept["values"]
    return kept
