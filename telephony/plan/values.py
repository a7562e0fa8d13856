"""A plan (呼叫方案) as values.

A target says where a call goes on: `queue:general`, `menu:main`, `node:progress`, `voicemail:general`, `pager:direct`, `human` or `end`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from forms.phones import as_dialled
from telephony.plan.nodes import Node

HUMAN = "0"
"""The key that always leads to a human (D6)."""
CATCH_ALL = "*"
"""The entry for numbers that the plan does not name."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that can be dialled (同号拨入): where its calls begin, and where key 0 leads."""

    name: str
    start: str
    human: str
    emergency: bool = False
    """Never blocked by the blacklist."""
    key: str = ""
    """The button of a pager that dials it."""

    @property
    def queue(self) -> str:
        """The queue in which a person answers, whatever happens to menus and nodes."""
        return self.human.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Menu:
    """One question of an IVR tree (语音菜单): prompts, and where each key leads."""

    say: tuple[str, ...]
    keys: Mapping[str, str]
    otherwise: str
    """Where a caller goes who presses nothing known, `rounds` times."""
    seconds: int = 5
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Hours:
    """When people answer (服务时间), Beijing time; `always` needs no times."""

    always: bool = False
    workdays_only: bool = True
    spans: tuple[tuple[time, time], ...] = ()

    def open(self, local: datetime, is_workday: Callable[[date], bool]) -> bool:
        """Whether somebody answers at a local moment; a span's end belongs to it no longer."""
        if self.always:
            return True
        if self.workdays_only and not is_workday(local.date()):
            return False
        return any(begin <= local.time() < end for begin, end in self.spans)


@dataclass(frozen=True, slots=True)
class Queue:
    """Where callers wait for an agent (排队队列)."""

    name: str
    hours: str = "always"
    closed: str = "voicemail"
    """Where a call goes outside the hours: `voicemail` or `end`."""
    ring_seconds: int = 15
    wrap_seconds: int = 15
    most_seconds: int = 600
    """The longest wait; then as if it were closed."""
    place_seconds: int = 30
    """Between two announcements of the caller's place; 0 for none."""
    recorded: bool = True
    area: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a call's way."""

    numbers: Mapping[str, Number]
    menus: Mapping[str, Menu]
    queues: Mapping[str, Queue]
    hours: Mapping[str, Hours]
    shown: str
    """The number that outside people see when we call them."""
    outside: str
    """How an outside number is dialled: `PJSIP/{number}@city`."""
    nodes: Mapping[str, Node] = field(default_factory=dict)
    questions: tuple[Mapping[str, Any], ...] = ()
    """Of the survey (电话回访): `name` of the answer, `prompt`, and the `keys` with what each means."""
    is_open: Callable[[str, datetime], bool] = field(default=lambda _hours, _moment: True)
    version: int = 0

    def number(self, dialled: str) -> Number | None:
        """The number as dialled; one that ends with a pager's key may be named without its device (`95…2` as `95*2`)."""
        found = self.numbers.get(dialled)
        if found is None and len(dialled) > 3:
            found = self.numbers.get(f"{dialled[:2]}*{dialled[-1]}")
        return found

    def entry(self, dialled: str) -> Number:
        """The number as dialled, or the entry for all that the plan does not name, or not any more."""
        return self.number(dialled) or self.numbers[CATCH_ALL]

    def queue(self, name: str) -> Queue:
        """A queue; as they usually are, for a call that waits in one that is no longer in the plan."""
        return self.queues.get(name) or Queue(name)

    def endpoint(self, number: str) -> str:
        """The endpoint by which an outside number is reached, however it was written."""
        return self.outside.format(number=as_dialled(number))
