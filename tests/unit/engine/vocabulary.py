"""A tiny hotline for the engine's tests: a few functions, operations, messages and groups."""

from typing import Any

from engine.context import Context
from engine.lint import Catalogue
from engine.registry import Parameter, Registry

FORM = {
    "id": "demo-form",
    "type": "default",
    "title": "登记",
    "components": [
        {"key": "outcome", "label": "结果", "type": "textfield"},
        {"key": "phone", "label": "电话", "type": "textfield", "keep": "record"},
    ],
}


def registry() -> Registry:
    """A registry with `due_at()`, `wd(n)`, `case.note(text, by?)`, three messages and two groups."""
    made = Registry()
    made.messages.update({"WoDone": "case_no", "DueChanged": "work_order"})
    made.groups.update({"agent", "unit"})

    @made.function("due_at")
    def due_at(context: Context, /) -> str:
        return "2026-03-09T10:00:00+08:00"

    @made.function("wd", 1, 2)
    def wd(context: Context, /, days: int, hour: int = 9) -> str:
        return f"{days}+{hour}"

    @made.operation("case.note", Parameter("text", required=False), Parameter("by", required=False))
    def note(context: Context, /, **parameters: Any) -> None:
        return None

    @made.operation("wo.close", Parameter("work_order"))
    def close(context: Context, /, **parameters: Any) -> None:
        return None

    return made


def catalogue() -> Catalogue:
    """The linter's view of it, with the form `demo-form` and nothing else deployed."""
    return Catalogue.of(registry()).knowing({}, {}, {"demo-form": FORM})
