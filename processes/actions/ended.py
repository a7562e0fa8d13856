"""When a side action's process has ended: how it came out, and a request for more time that nobody granted is refused."""

from sqlalchemy import update

from engine.context import Context
from processes.actions.rights import ACTIONS
from processes.casefile import extensions
from processes.casefile.models import ExtensionRequest, SideAction

PROCESSES = frozenset(action.process for action in ACTIONS.values())


def instance_ended(context: Context, outcome: str, /) -> None:
    """Listener of the engine: note the outcome of a side action."""
    if context.process_key not in PROCESSES:
        return
    session = context.session
    session.execute(update(SideAction).where(SideAction.instance_id == context.instance_id).values(outcome=outcome))
    if context.process_key == extensions.PROCESS:
        pending = (ExtensionRequest.instance_id == context.instance_id, ExtensionRequest.state == "pending")
        decided = {"state": "refused", "decided_at": context.now, "decided_by": context.actor.id}
        session.execute(update(ExtensionRequest).where(*pending).values(**decided))
