"""How the library evaluates expressions and calls services: through our whitelist and our registry, never its `eval`."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser, SpiffProcessParser
from SpiffWorkflow.spiff.parser.task_spec import ServiceTaskParser
from SpiffWorkflow.spiff.specs.defaults import ServiceTask
from SpiffWorkflow.spiff.specs.event_definitions import ErrorEventDefinition
from SpiffWorkflow.task import Task

from engine.context import Context
from engine.errors import StepFailed
from engine.expressions import Expressions
from engine.registry import BpmnError, Registry

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SERVICE_TASK = f"{BPMN}serviceTask"


class ScriptsForbidden(StepFailed):
    """流程图中不允许脚本。 Scripts are switched off; use a service task or an expression."""

    code = "scripts-forbidden"


class UncaughtError(StepFailed):
    """连接器报错，且流程图没有为它画错误边界事件。 An operation failed and the diagram has no error boundary for it."""

    code = "uncaught-error"


ContextOf = Callable[[Task], Context]
"""Gives the context of the step a task takes."""


class ScriptEngine(PythonScriptEngine):
    """One instance's window on expressions and operations during one command."""

    def __init__(self, expressions: Expressions, registry: Registry, context_of: ContextOf) -> None:
        self._expressions = expressions
        self._registry = registry
        self._context_of = context_of
        self.environment = _NoCorrelation()

    def validate(self, expression: str) -> None:
        """The library asks whether a DMN cell stands for itself; a `SyntaxError` means that it is half a comparison."""
        _parse(expression)

    def evaluate(self, task: Task, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        """The value of an expression in a task's data. Raises `ExpressionError`."""
        return self._expressions.evaluate(expression, task.data, lambda: self._context_of(task), external_context)

    def execute(self, task: Task, script: str, external_context: Mapping[str, Any] | None = None) -> bool:
        """Refused. Raises `ScriptsForbidden`."""
        raise ScriptsForbidden()

    def operate(self, task: Task, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Run an operation inside the command; raises its `BpmnError`."""
        return self._registry.operations[operation].handler(self._context_of(task), **parameters)


@lru_cache(maxsize=1_024)
def _parse(expression: str) -> None:
    compile(expression.strip(), "<cell>", "eval")


class _NoCorrelation:
    """Answers the library's own questions about message correlation, which is never relied on (pitfall 6)."""

    def evaluate(self, _expression: str, _data: Mapping[str, Any], _extra: Mapping[str, Any] | None = None) -> None:
        return None


class OperationTask(ServiceTask):
    """A service task that runs one of our operations.

    Against the library's own it passes values as they are (no JSON text), writes no variable that the diagram does
    not name, and hands a `BpmnError` to the diagram (pitfall 9) instead of masking it (pitfall 4).
    """

    def _execute(self, task: Task) -> bool | None:
        engine = task.workflow.script_engine
        parameters = {name: engine.evaluate(task, parameter["value"]) for name, parameter in self.operation_params.items()}
        try:
            result = engine.operate(task, self.operation_name, parameters)
        except BpmnError as error:
            self._raise_to_boundary(task, error)
            return None
        if not self.result_variable.startswith("spiff__"):
            task.data[self.result_variable] = result
        return True

    @staticmethod
    def _raise_to_boundary(task: Task, error: BpmnError) -> None:
        top = task.workflow.top_workflow
        event = BpmnEvent(ErrorEventDefinition(error.code, code=error.code), target=task.workflow)
        top.catch(event)
        if event in top.bpmn_events:
            top.bpmn_events.remove(event)
            raise UncaughtError(f"{UncaughtError.__doc__} ({error.code}: {error})") from error


class ProcessParser(SpiffProcessParser):
    """The library's own takes an operation's parameter `review` for the user task `review`: it looks at any id there is."""

    def _index_process_nodes(self) -> None:
        super()._index_process_nodes()
        self.nodes_by_id = {node.get("id"): node for node in self.node.iter(f"{BPMN}*") if node.get("id")}


class Parser(SpiffBpmnParser):
    """The `spiff` parser as it comes, but for the service task and the ids inside extension elements."""

    PROCESS_PARSER_CLASS = ProcessParser

    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        SERVICE_TASK: (ServiceTaskParser, OperationTask),
    }
