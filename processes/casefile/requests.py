"""What somebody wrote when asking for a side action, found by the instance that carries it out."""

from engine.context import Context
from engine.registry import Registry
from processes.casefile.models import SideAction


def request_text(context: Context) -> str | None:
    """申请内容 The text or reason that the side action at hand was started with; None where nobody wrote one."""
    asked = context.session.get(SideAction, context.instance_id)
    return None if asked is None else asked.text


def register(registry: Registry) -> None:
    """Lend `request_text()` to the diagrams."""
    registry.function("request_text")(request_text)
