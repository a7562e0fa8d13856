"""What somebody wrote when asking for a side action, found by the instance that carries it out."""

from typing import Final

from sqlalchemy import bindparam, select

from engine.context import Context
from engine.prepared import Prepared
from engine.registry import Registry
from processes.casefile.models import SideAction

_TEXT: Final = Prepared(select(SideAction.text).where(SideAction.instance_id == bindparam("instance_id")))


def request_text(context: Context) -> str | None:
    """申请内容 The text or reason that the side action at hand was started with; None where nobody wrote one."""
    text: str | None = _TEXT.scalar(context.session.connection(), {"instance_id": context.instance_id})
    return text


def register(registry: Registry) -> None:
    """Lend `request_text()` to the diagrams."""
    registry.function("request_text")(request_text)
