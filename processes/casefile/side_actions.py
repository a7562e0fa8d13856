"""Starting a side action: its process, and the row that keeps its words sealed."""

from engine.context import Command
from engine.inserts import insertion
from processes.casefile.models import SideAction

_KEEP = insertion(SideAction)


def start(
    work: Command,
    process: str,
    action: str,
    case_no: str,
    *,
    text: str | None,
    work_order: str | None = None,
    days: int | None = None,
    master: str | None = None,
    kind: str | None = None,
) -> int:
    """Start a side action's process with ids and flags only; answers its instance id.

    Every side action has the same variables; `text` and `reason` are among them for diagrams that name them, but
    empty: what people wrote stands in `side_action` and is given by `request_text()`.
    """
    given = {"work_order": work_order, "days": days, "master": master, "kind": kind}
    started = work.start(process, case_no, {"case_no": case_no, "by": work.actor.id, "text": None, "reason": None, **given})
    row = {"case_no": case_no, "work_order": work_order, "action": action, "text": text, "at": work.now, "by": work.actor.id}
    _KEEP.run(work.session.connection(), {"instance_id": started, **row})
    return started
