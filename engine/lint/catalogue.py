"""What diagrams may name: the registry's functions, operations, messages and groups, and what is deployed already."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.expressions import Arity
from engine.expressions.operators import BUILTINS
from engine.registry import Operation, Registry


def _accept(_form: dict[str, Any]) -> list[str]:
    return []


@dataclass(frozen=True)
class Catalogue:
    """The linter's view of the world. `forms` are by id; `processes` and `decisions` are file contents by key.

    `form_checker` says what is wrong with a form, each sentence being one finding; the package `forms` lends it.
    """

    functions: Mapping[str, Arity] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    value_sources: frozenset[str] = frozenset()
    form_checker: Callable[[dict[str, Any]], list[str]] = _accept
    processes: Mapping[str, bytes] = field(default_factory=dict)
    decisions: Mapping[str, bytes] = field(default_factory=dict)
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @staticmethod
    def of(registry: Registry, form_checker: Callable[[dict[str, Any]], list[str]] = _accept) -> "Catalogue":
        """The catalogue of a registry, with nothing deployed yet."""
        return Catalogue(
            functions={name: function.arity for name, function in registry.functions.items()},
            operations=dict(registry.operations),
            messages=dict(registry.messages),
            groups=frozenset(registry.groups),
            value_sources=frozenset(registry.value_sources),
            form_checker=form_checker,
        )

    def knowing(
        self, processes: Mapping[str, bytes], decisions: Mapping[str, bytes], forms: Mapping[str, Mapping[str, Any]]
    ) -> "Catalogue":
        """The same catalogue with what is deployed; the linter adds the files it is given itself."""
        return replace(
            self,
            processes={**self.processes, **processes},
            decisions={**self.decisions, **decisions},
            forms={**self.forms, **forms},
        )

    def is_function(self, name: str) -> bool:
        """Whether a name is taken by a function, registered or built in."""
        return name in self.functions or name in BUILTINS

    def knows_group(self, group: str) -> bool:
        """Whether a candidate group exists; a unit's own group is `unit:<code>`, its leaders' `unit_leader:<code>`."""
        return group.partition(":")[0] in self.groups
