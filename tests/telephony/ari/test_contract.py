"""The client against the exchange's own description of itself: every request, parameter, thing and event is there as we have it."""

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import requests

from telephony.ari import messages, models
from telephony.ari.client import Ari
from telephony.ari.errors import NotUnderstood
from telephony.ari.messages import KINDS, Event, Unknown
from telephony.ari.transport import Transport
from tests.fixtures.asterisk.node import USER, Node

RESOURCES = ("channels", "bridges", "playbacks", "recordings", "endpoints", "applications", "system")
PLAIN = {str: {"string"}, int: {"int", "long"}, bool: {"boolean"}, float: {"double"}, datetime: {"Date"}}
ASKED_FOR = {models.AsteriskInfo}
"""Parts that the exchange gives when it is asked for them, which we do."""
OURS = {"OfChannel", "Event", "Unknown"}
"""Classes of events that stand for no kind of their own."""

Described = Mapping[tuple[str, str], set[tuple[str, str]]]


class Noting(Transport):
    """Notes what would be sent."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1/ari", "nobody", "nothing")
        self.noted: list[tuple[str, str, set[tuple[str, str]]]] = []

    def ask(self, method: str, path: str, places: Mapping[str, str] | None = None, /, *, body: Any = None, **query: Any) -> bytes:
        """Note it."""
        named = {("path", name) for name in places or {}} | {("query", name) for name, value in query.items() if value is not None}
        self.noted.append((method, path, named))
        return b""

    def one(self, kind: type[Any], method: str, path: str, places: Mapping[str, str] | None = None, /, **given: Any) -> Any:
        """Note it."""
        self.ask(method, path, places, **given)
        return models.Variable("") if kind is models.Variable else None

    def many(self, kind: type[Any], method: str, path: str, places: Mapping[str, str] | None = None, /, **given: Any) -> Any:
        """Note it."""
        self.ask(method, path, places, **given)
        return []


@pytest.fixture(scope="module")
def pages(exchange: Node) -> dict[str, Any]:
    """The exchange's description, page by page."""
    with requests.Session() as session:
        session.trust_env, session.auth = False, (USER, exchange.password)
        listed = session.get(f"{exchange.url}/api-docs/resources.json", timeout=10).json()
        names = [api["path"].split("/")[2].removesuffix(".{format}") for api in listed["apis"]]
        return {name: session.get(f"{exchange.url}/api-docs/{name}.json", timeout=10).json() for name in names}


@pytest.fixture(scope="module")
def described(pages: dict[str, Any]) -> Described:
    """Method and path to parameters, each with its place."""
    return {
        (operation["httpMethod"], api["path"]): {(each["paramType"], each["name"]) for each in operation.get("parameters", ())}
        for page in pages.values()
        for api in page["apis"]
        for operation in api["operations"]
    }


def everything_asked() -> Iterator[tuple[str, str, set[tuple[str, str]]]]:
    """What each method of the client sends, given every argument it takes."""
    for resource in RESOURCES:
        for name, _function in inspect.getmembers(type(getattr(Ari(Noting()), resource)), inspect.isfunction):
            if name.startswith("_"):
                continue
            transport = Noting()
            call(getattr(getattr(Ari(transport), resource), name))
            assert transport.noted, f"{resource}.{name} asks nothing"
            yield from transport.noted


def call(method: Callable[..., object]) -> None:
    """Call with a value for each parameter."""
    plain, named = [], {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[name] = some(parameter.annotation)
        else:
            plain.append(some(parameter.annotation))
    method(*plain, **named)


def some(annotation: Any) -> Any:
    """A value of a type."""
    if get_origin(annotation) is UnionType:
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    if annotation in (int, bool):
        return annotation(1)
    origin = get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"name": "value"}
    return "x"


def test_everything_that_is_asked_is_described(described: Described) -> None:
    asked = list(everything_asked())
    assert len(asked) >= 45
    for method, path, parameters in asked:
        assert (method, path) in described, f"{method} {path}"
        assert parameters <= described[method, path], f"{method} {path}: {parameters - described[method, path]}"


def things() -> list[type[Any]]:
    """Every model and every kind of event."""
    found = [kind for _name, kind in inspect.getmembers(models, inspect.isclass) if dataclasses.is_dataclass(kind)]
    return [*found, *KINDS.values()]


@pytest.mark.parametrize("kind", things(), ids=lambda kind: kind.__name__)
def test_everything_that_is_read_is_described(pages: dict[str, Any], kind: type[Any]) -> None:
    known = {name: model for page in pages.values() for name, model in page["models"].items()}
    properties = dict(known[kind.__name__]["properties"])
    if issubclass(kind, Event):
        properties |= known["Event"]["properties"] | known["Message"]["properties"]
    hints = get_type_hints(kind)
    for each in dataclasses.fields(kind):
        assert each.name in properties, f"{kind.__name__}.{each.name}"
        theirs = properties[each.name]
        assert theirs["type"] in shapes(hints[each.name]), f"{kind.__name__}.{each.name}: {theirs['type']}"
        if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING:
            assert theirs.get("required") or kind in ASKED_FOR, f"{kind.__name__}.{each.name} may be missing"


def shapes(hint: Any) -> set[str]:
    """The exchange's words for a type."""
    if get_origin(hint) is UnionType:
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple:
        return {f"List[{one}]" for one in shapes(get_args(hint)[0])}
    origin = get_origin(hint)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"object"}
    return PLAIN.get(hint) or {hint.__name__}


def test_every_kind_of_event_has_its_own_class_or_is_known_to_be_left_aside(pages: dict[str, Any]) -> None:
    theirs = set(pages["events"]["models"]["Event"]["subTypes"])
    assert set(KINDS) <= theirs
    unread = {
        *("DeviceStateChanged", "BridgeMerged", "BridgeBlindTransfer", "BridgeAttendedTransfer", "BridgeVideoSourceChanged"),
        *("ChannelDialplan", "ChannelCallerId", "PeerStatusChange", "TextMessageReceived", "ChannelTransfer", "RESTResponse"),
    }
    assert theirs - set(KINDS) == unread
    classes = {name for name, kind in inspect.getmembers(messages, inspect.isclass) if issubclass(kind, Event)}
    assert classes - OURS == set(KINDS)


def test_what_is_not_understood_is_told_as_it_came() -> None:
    odd = messages.event_of(b'{"type": "ChannelHold", "application": "app", "asterisk_id": "1", "channel": {"id": "c"}}')
    assert isinstance(odd, Unknown)
    assert (odd.type, odd.application, odd.body["channel"]) == ("ChannelHold", "app", {"id": "c"})
    new = messages.event_of('{"type": "SomethingNew", "more": [1]}')
    assert isinstance(new, Unknown)
    assert new.body["more"] == [1]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", "null", "\x00"])
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        messages.event_of(text)
