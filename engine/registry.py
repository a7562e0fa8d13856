"""What others lend to the diagrams: operations, functions, senders, value sources, messages, the form validator.

`processes`, `forms`, `connectors` and `telephony` fill one `Registry` at bootstrap; the engine only calls what stands
in it, and the linter reads it as a `Catalogue`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from engine.prepared import Prepared

if TYPE_CHECKING:
    from engine.context import Command, Context

Choice: TypeAlias = Mapping[str, Any]
"""`{"value": …, "label": …}` as a form shows it."""


class OperationHandler(Protocol):
    """`handler(context, **parameters) -> result`; the result (JSON or None) goes to the `resultVariable`.

    It runs inside the command's transaction: it may read and write rows through `context.session`, start instances,
    throw messages and put deliveries, but never talks to the outside. Raise `BpmnError` for an error the diagram catches.
    """

    # mypy lets a handler name its own keyword parameters only where a protocol takes both kinds of rest
    def __call__(self, context: "Context", /, *_none: Any, **parameters: Any) -> Any: ...


class FunctionHandler(Protocol):
    """`handler(context, *arguments) -> value` for an expression; must not write."""

    def __call__(self, context: "Context", /, *arguments: Any) -> Any: ...


class BpmnError(Exception):
    """An error with a BPMN error code, for an error boundary event of the diagram to catch."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        super().__init__(message or code)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation, as the designer's panel offers it."""

    name: str
    type: str = "str"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Operation:
    """A service task's operation `area.verb`."""

    name: str
    handler: OperationHandler
    parameters: tuple[Parameter, ...] = ()
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function for expressions. `arity` is (least, most) number of arguments; `pure` functions need no context."""

    name: str
    handler: FunctionHandler
    arity: tuple[int, int] = (0, 0)
    summary: str = ""


class Sender(Protocol):
    """Takes one delivery to the outside, with no transaction open. Raises `RetryLater` or `Refused` (engine.outbox.errors)."""

    def __call__(self, delivery_id: str, body: Mapping[str, Any]) -> None: ...


class FormValidator(Protocol):
    """Checks a submission against a form schema.

    `prefill` are the values the form declares for this task; answers `(clean, errors)`: every key of the form (absent
    ones None), and `{field: message}`.
    """

    def __call__(
        self, form: Mapping[str, Any], answers: Mapping[str, Any], prefill: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]: ...


class ValueSource(Protocol):
    """The choices of a form field that names the source with `valuesKey`."""

    def __call__(self, context: "Context", /) -> Sequence[Choice]: ...


class MessageStart(Protocol):
    """Starts a process for a message where that takes more than starting it: a case to be opened for it first."""

    def __call__(self, command: "Command", process_key: str, payload: Mapping[str, Any], /) -> None: ...


class InstanceListener(Protocol):
    """Told inside the transaction when an instance has ended, with the name of the end event reached."""

    def __call__(self, context: "Context", outcome: str, /) -> None: ...


def _accept(form: Mapping[str, Any], answers: Mapping[str, Any], prefill: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    return {**prefill, **answers}, {}


@dataclass
class Registry:
    """Everything a diagram may name."""

    operations: dict[str, Operation] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    senders: dict[str, Sender] = field(default_factory=dict)
    value_sources: dict[str, ValueSource] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    """Message name → the key it is correlated by (`WoDone` → `case_no`)."""
    fleeting: set[str] = field(default_factory=set)
    """Messages that say only how something stands by now: thrown with nobody waiting they are forgotten, not kept."""
    lifetimes: dict[str, timedelta] = field(default_factory=dict)
    """How long a message waits in the inbox for its catch, where that is not the usual 30 days."""
    message_starts: dict[str, MessageStart] = field(default_factory=dict)
    """Message → how it starts a process that names it in `startMessages`, where that is not plainly under the message's key."""
    groups: set[str] = field(default_factory=set)
    form_validator: FormValidator = _accept
    on_instance_ended: list[InstanceListener] = field(default_factory=list)
    on_task_closed: list[Prepared] = field(default_factory=list)
    """Statements on other tables that go with the closing of a task (`b_instance`, `b_task`), however it came about; spared only
    for one that was completed and that nobody had claimed."""

    def operation(self, name: str, *parameters: Parameter, summary: str = "") -> Callable[[OperationHandler], OperationHandler]:
        """Decorator: register an operation under its `area.verb`."""

        def register(handler: OperationHandler) -> OperationHandler:
            _once(self.operations, name)
            self.operations[name] = Operation(name, handler, parameters, summary or _first_line(handler))
            return handler

        return register

    def function(
        self, name: str, least: int = 0, most: int | None = None, summary: str = ""
    ) -> Callable[[FunctionHandler], FunctionHandler]:
        """Decorator: register a function for expressions, called with `least` to `most` arguments."""

        def register(handler: FunctionHandler) -> FunctionHandler:
            _once(self.functions, name)
            self.functions[name] = Function(name, handler, (least, least if most is None else most), summary or _first_line(handler))
            return handler

        return register


def _once(table: Mapping[str, Any], name: str) -> None:
    if name in table:
        raise ValueError(f"{name} is registered twice")


def _first_line(handler: object) -> str:
    return (handler.__doc__ or "").strip().partition("\n")[0]
