"""The questions that a voice menu may put to the database (语音查询): named, read-only, and answered without a name or a text."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Question(NamedTuple):
    """What is asked, what it `takes`, and what its answer `gives`."""

    summary: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]


CASE_PROGRESS: Final = "case_progress"
QUEUE_WAITING: Final = "queue_waiting"
QUESTIONS: Final[Mapping[str, Question]] = {
    CASE_PROGRESS: Question(
        "办理进度 How a case stands: the last digits of its number, the query code, and who calls.",
        ("digits", "code", "caller"),
        ("found", "locked", "state", "days"),
    ),
    QUEUE_WAITING: Question("排队人数 How many wait in a queue, and how many agents are free.", ("queue",), ("waiting", "ready")),
}
"""By name; what answers them stands in `answers.py`."""
