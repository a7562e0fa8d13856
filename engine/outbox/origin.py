"""What set a command off: with it an incident knows what can be done again, and by whom."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Origin(NamedTuple):
    """`kind` is `task` (a person completed it), `timer`, `message`, `signal`, `start`, `periodic`, or empty for anything else.

    Instance and task are those of the task that was completed, or that waited; `again` is a message as `Work.send` takes it.
    """

    kind: str = ""
    instance_id: int | None = None
    task_id: int | None = None
    again: Mapping[str, Any] | None = None
