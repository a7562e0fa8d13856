"""A caller's way through the nodes of a voice menu (语音流程): each function answers the target where the call goes on, or None to wait.

Whatever goes wrong, an expression that cannot be computed, a database without an answer, a node that is no longer in the plan,
a way in circles, leads to a person; nobody is left listening to nothing.
"""

from collections.abc import Iterator
from typing import Any, Final

from engine.errors import BihuanError
from telephony.calls import effects as do
from telephony.calls.happenings import Found
from telephony.calls.step import Step
from telephony.calls.values import CITIZEN, IVR, TALKING, THIRD, Leg
from telephony.plan.nodes import PERSON, BadValue, Branch, Collect, Compute, Dial, Lookup, Node, Say, Spoken, evaluate, known, plain
from telephony.plan.values import HUMAN
from telephony.prompts import digits, number

PREFIX: Final = "node:"
MOST_NODES: Final = 300
"""How many nodes a call may pass: then it goes in circles."""
PATIENCE, LONGEST = 1, 8
"""Seconds until a caller is told that we are looking, and from then on until we give up."""
SPARE = 3
"""Seconds after which we end ringing ourselves, should the exchange not."""
WAITS: Final = ("keys", "query", "dial")
"""What may be due at a node, or a menu."""
BEGIN_ANEW, DONE = "*", "#"
Target = str | None


def here(s: Step) -> Node | None:
    """The node at which a call is; None in a menu, or when it is no longer in the plan."""
    return s.plan.nodes.get(s.call.menu.removeprefix(PREFIX)) if is_node(s.call.menu) else None


def is_node(menu: str) -> bool:
    """Whether a call's place is a node, and not a menu."""
    return menu.startswith(PREFIX)


def enter(s: Step, leg: Leg, name: str) -> Target:
    """Come to a node."""
    call = s.call
    call.state, call.menu, call.round = IVR, PREFIX + name, 0
    s.never(*WAITS)
    passed = call.facts["nodes"] = call.facts.get("nodes", 0) + 1
    node = here(s)
    if node is None or passed > MOST_NODES:
        return PERSON
    try:
        return _do(s, leg, node)
    except BihuanError:
        return node.otherwise


def key(s: Step, leg: Leg, digit: str) -> Target:
    """A key was pressed."""
    node = here(s)
    if isinstance(node, Collect):
        return _collected(s, leg, node, digit)
    return PERSON if digit == HUMAN or node is None else None


def said(s: Step) -> Target:
    """A node has said what it had to say."""
    node = here(s)
    return node.next if isinstance(node, Say) else PERSON


def wait_for_key(s: Step) -> None:
    """The keys were asked for."""
    node = here(s)
    s.later("keys", node.seconds if isinstance(node, Collect) else PATIENCE)


def no_more_keys(s: Step, leg: Leg) -> Target:
    """Nothing was pressed for a while: what is there is all there is."""
    node = here(s)
    if not isinstance(node, Collect):
        return PERSON
    return _complete(s, leg, node) if s.call.facts.get("entered") else _again(s, leg, node)


def found(s: Step, event: Found) -> Target:
    """The database has answered, or cannot."""
    node = here(s)
    if not isinstance(node, Lookup):
        return PERSON
    _no_more_waiting(s)
    try:
        _give(s, node.into, {name: plain(value) for name, value in event.answer.items()} if event.answer is not None else None)
    except BihuanError:
        return node.otherwise
    return node.otherwise if event.answer is None else node.next


def asked(s: Step, event: Found) -> bool:
    """Whether a call waits for this answer, and not for a later one or none."""
    return bool(event.ticket) and s.call.state == IVR and s.call.facts.get("query") == event.ticket


def impatient(s: Step, leg: Leg) -> Target:
    """There is no answer yet: say so, and later give up."""
    if s.call.round == 0:
        s.call.round = 1
        s.say(leg, "please-wait", then="music")
        s.later("query", LONGEST)
        return None
    node = here(s)
    _no_more_waiting(s)
    return node.otherwise if isinstance(node, Lookup) else PERSON


def put_through(s: Step, third: Leg) -> None:
    """The outside number has answered: the two talk (other hotlines have agents of their own)."""
    call, caller = s.call, s.call.first(CITIZEN)
    if caller is None:
        s.hang_up(third)
        return
    s.never(*WAITS)
    s.hush()
    call.state = TALKING
    call.talking = s.at if call.talking is None else call.talking
    s.mix(caller, third)


def not_reached(s: Step) -> Target:
    """Nobody answers at the outside number."""
    node = here(s)
    return node.otherwise if isinstance(node, Dial) else PERSON


def leave(s: Step) -> None:
    """Nothing of a node goes on behind it."""
    s.never(*WAITS)
    for third in s.call.live(THIRD):
        third.role = "removed"
        s.hang_up(third)


def _do(s: Step, leg: Leg, node: Node) -> Target:
    if isinstance(node, Compute):
        for name, expression in node.values.items():
            _give(s, name, plain(_value(s, expression)))
        return node.next
    if isinstance(node, Branch):
        return next((target for condition, target in node.cases if _value(s, condition)), node.otherwise)
    if isinstance(node, Collect):
        s.call.facts["entered"] = ""
        s.say(leg, *node.say, then="keys")
        return None
    if isinstance(node, Say):
        prompts = tuple(_prompts(s, node))
        if not prompts:
            return node.next
        s.say(leg, *prompts, then="next")
        return None
    if isinstance(node, Dial):
        third = s.leg(THIRD, endpoint=s.plan.endpoint(node.number), number=node.number)
        s.ring(third, node.seconds, s.plan.shown)
        s.later("dial", node.seconds + SPARE)
        s.say(leg, "to-hotline", then="music")
        return None
    given = {name: plain(_value(s, expression)) for name, expression in node.given.items()}
    s.call.facts["query"] = s.new_id("q")
    s.do(do.Query(s.call.facts["query"], node.question, given))
    s.later("query", PATIENCE)
    return None


def _collected(s: Step, leg: Leg, node: Collect, digit: str) -> Target:
    s.never("keys")
    s.hush()
    if digit == DONE:
        return _complete(s, leg, node)
    if digit == BEGIN_ANEW:
        return _again(s, leg, node)
    s.call.facts["entered"] = s.call.facts.get("entered", "") + digit
    if len(s.call.facts["entered"]) >= node.most:
        return _complete(s, leg, node)
    s.later("keys", node.seconds)
    return None


def _complete(s: Step, leg: Leg, node: Collect) -> Target:
    entered = s.call.facts.get("entered", "")
    if entered == HUMAN:
        return PERSON
    if len(entered) < node.least:
        return _again(s, leg, node, "invalid")
    _give(s, node.into, entered)
    return node.next


def _again(s: Step, leg: Leg, node: Collect, *before: str) -> Target:
    s.call.round += 1
    s.call.facts["entered"] = ""
    if s.call.round >= node.rounds:
        return node.otherwise
    s.say(leg, *before, *node.say, then="keys")
    return None


def _no_more_waiting(s: Step) -> None:
    s.never("query")
    s.call.facts["query"] = ""


def _prompts(s: Step, node: Say) -> Iterator[str]:
    for part in node.parts:
        if isinstance(part, Spoken):
            value = plain(_value(s, part.expression))
            yield from digits(str(value)) if part.how == "digits" else number(_whole(value))
        else:
            yield part


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise BadValue from error


def _value(s: Step, expression: str) -> Any:
    call = s.call
    return evaluate(expression, {**call.facts.get("variables", {}), **known(call.number, call.service, s.now)})


def _give(s: Step, name: str, value: Any) -> None:
    s.call.facts.setdefault("variables", {})[name] = value
