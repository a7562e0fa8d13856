"""What can be wrong with a form's schema."""

from collections.abc import Sequence

from engine.errors import Invalid


class FormInvalid(Invalid):
    """表单定义有误。 The form's definition is wrong."""

    code = "form-invalid"

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = list(findings)
        super().__init__("\n".join(self.findings))


class HideIfUnsupported(Invalid):
    """该表单的隐藏条件需要表达式引擎才能计算。 This form's hideIf needs the expression engine to be evaluated."""

    code = "hide-if-unsupported"
