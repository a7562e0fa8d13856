"""What the linter says: rules, and the findings they give."""

from dataclasses import asdict, dataclass
from typing import Any

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in an uploaded file, and what to do about it.

    An error refuses the deployment, a warning does not. `element_id` is None when the whole file is meant.
    """

    file: str
    element_id: str | None
    rule: str
    severity: str
    message: str
    message_en: str
    remedy: str
    remedy_en: str

    @property
    def is_error(self) -> bool:
        """Whether this finding refuses the deployment."""
        return self.severity == ERROR

    def as_dict(self) -> dict[str, Any]:
        """The finding as the API answers it."""
        return asdict(self)

    def __str__(self) -> str:
        """One line: `file:element-id: rule: message`."""
        return f"{self.file}:{self.element_id or ''}: {self.rule}: {self.message} {self.message_en}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the linter. The four sentences may hold `{facts}` that a finding fills in."""

    id: str
    message: str
    message_en: str
    remedy: str
    remedy_en: str
    severity: str = ERROR

    def at(self, element_id: str | None, **facts: object) -> Finding:
        """A finding of this rule; the file's name is added by the run."""
        shown = {name: _short(value) for name, value in facts.items()}
        return Finding(
            file="",
            element_id=element_id or None,
            rule=self.id,
            severity=self.severity,
            message=self.message.format(**shown),
            message_en=self.message_en.format(**shown),
            remedy=self.remedy.format(**shown),
            remedy_en=self.remedy_en.format(**shown),
        )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 160 else text[:160] + "…"
