"""Who may ask for which side action, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.actor import Actor
from engine.errors import Forbidden, NotFound


class NoSuchAction(NotFound):
    """没有这种操作。 There is no such action."""

    code = "no-such-action"


@dataclass(frozen=True, slots=True)
class Action:
    """One side action: the process that carries it out, the groups that may ask, and what its body must hold.

    With `of_unit` only the unit that has the work order may ask; `words` is the field that holds the text to seal;
    `on_closed` actions are possible after the case was closed.
    """

    process: str
    groups: frozenset[str] = field(default_factory=frozenset)
    of_unit: bool = False
    words: str = "text"
    on_closed: bool = False


AGENTS = frozenset({"agent", "team_leader", "shift_leader"})
LEADERS = frozenset({"team_leader", "shift_leader", "supervisor"})

ACTIONS: Mapping[str, Action] = {
    "urge": Action("urge", AGENTS | {"citizen"}),
    "supplement": Action("supplement", AGENTS, on_closed=True),
    "withdraw": Action("withdraw", AGENTS, words="reason"),
    "extend": Action("extension", of_unit=True, words="reason"),
    "link": Action("link", AGENTS, words=""),
    "note": Action("leader_note", LEADERS),
    "supervision_reply": Action("supervision_reply", of_unit=True),
}


def action_named(name: str) -> Action:
    """The side action with this name. Raises `NoSuchAction`."""
    try:
        return ACTIONS[name]
    except KeyError:
        raise NoSuchAction(action=name, known=sorted(ACTIONS)) from None


def require_right(actor: Actor, action: Action, unit: str | None) -> None:
    """Raises `Forbidden` unless the actor is of the action's groups, or of the unit whose order it is about."""
    allowed = frozenset({f"unit:{unit}", f"unit_leader:{unit}"}) if action.of_unit else action.groups
    if not actor.override and not actor.groups & allowed:
        raise Forbidden()
