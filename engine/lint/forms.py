"""Rules about forms that the engine itself relies on; the rest is the form checker's, which `forms` lends the catalogue."""

from collections.abc import Iterator
from typing import Any

from engine.definitions.files import FormFile
from engine.lint.catalogue import Catalogue
from engine.lint.expressions import bad_expression
from engine.lint.findings import Finding, Rule
from engine.lint.names import BAD_KEY, KEY, bad_variable, repeated

FORM = Rule(
    "form",
    "表单有误：{problem}",
    "The form is wrong: {problem}",
    "按提示修改表单的 JSON。",
    "Change the form's JSON as it says.",
)
TWICE = Rule(
    "form-key-twice",
    "字段 {key} 出现了两次。",
    "The field {key} is there twice.",
    "改为各不相同的 key。",
    "Make the keys differ.",
)
UNKNOWN_SOURCE = Rule(
    "unknown-value-source",
    "没有名为 {name} 的选项来源。",
    "There is no value source {name}.",
    "可用的来源：{known}。",
    "The sources that exist: {known}.",
)


def check(file: FormFile, catalogue: Catalogue) -> Iterator[Finding]:
    """Check a form."""
    identifier = file.form.get("id")
    if not isinstance(identifier, str) or not KEY.fullmatch(identifier):
        yield BAD_KEY.at(None, key=identifier, what="表单的 id", what_en="the id of a form")
    components = [component for component in file.form["components"] if isinstance(component, dict)]
    keys = [component["key"] for component in components if isinstance(component.get("key"), str)]
    for key in repeated(keys):
        yield TWICE.at(key, key=key)
    for component in components:
        yield from _component(component, catalogue)
    for problem in catalogue.form_checker(dict(file.form)):
        yield FORM.at(None, problem=problem)


def _component(component: dict[str, Any], catalogue: Catalogue) -> Iterator[Finding]:
    key = component.get("key")
    shown = key if isinstance(key, str) else None
    if shown is not None:
        yield from bad_variable(shown, shown, "字段名", "the key of a field", catalogue)
    source = component.get("valuesKey")
    if isinstance(source, str) and source not in catalogue.value_sources:
        yield UNKNOWN_SOURCE.at(shown, name=source, known=", ".join(sorted(catalogue.value_sources)))
    for name in ("prefill", "hideIf"):
        text = component.get(name)
        if isinstance(text, str) and text.startswith("="):
            yield from bad_expression(shown, text[1:], catalogue)
