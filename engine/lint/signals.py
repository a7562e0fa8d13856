"""Rules about signals: a name that fits, and what is broadcast with it (`payloadExpression`, `variableName` on the signal)."""

from collections.abc import Iterator

from engine.definitions.diagram import Diagram
from engine.definitions.xml import BPMN, SPIFF
from engine.lint.catalogue import Catalogue
from engine.lint.expressions import bad_expression
from engine.lint.findings import Finding, Rule
from engine.lint.names import bad_variable
from engine.lint.texts import content

LONGEST = 70

SIGNAL_NAME = Rule(
    "signal-name",
    "信号 {id} 要有 1 至 {most} 个字符的名称：收听的流程靠名称认它。",
    "The signal {id} needs a name of 1 to {most} characters: whoever waits for it knows it by that.",
    "给信号起个名字，例如 RainStorm。",
    "Give it a name, such as RainStorm.",
)


def check(diagram: Diagram, catalogue: Catalogue) -> Iterator[Finding]:
    """Check the signals that a file declares."""
    for signal in diagram.root.iterchildren(BPMN + "signal"):
        identifier = signal.get("id", "")
        if not 0 < len(signal.get("name", "").strip()) <= LONGEST:
            yield SIGNAL_NAME.at(identifier, id=identifier, most=LONGEST)
        for payload in signal.iter(SPIFF + "payloadExpression"):
            yield from bad_expression(identifier, content(payload), catalogue)
        for variable in signal.iter(SPIFF + "variableName"):
            yield from bad_variable(identifier, content(variable), "信号变量", "a signal's variable", catalogue)
