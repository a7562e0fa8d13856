"""Without an exchange every telephony operation succeeds and says so (contract.md)."""

from typing import Any, cast

import pytest

from engine.context import Context
from engine.registry import Registry
from telephony import door


@pytest.mark.parametrize("name", ["tel.call", "tel.survey", "tel.conference_expert", "tel.assign_missed", "tel.pager_start"])
def test_the_exchange_is_not_available(name: str) -> None:
    registry = Registry()
    door.register(registry)
    operation = registry.operations[name]
    answer: Any = operation.handler(cast(Context, None))
    assert answer == {"available": False}
    assert operation.summary
    assert not [parameter for parameter in operation.parameters if parameter.required]
