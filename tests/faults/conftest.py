"""A hotline to which things happen."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from werkzeug.test import TestResponse

from api.product import Product
from engine.jobs.local import LocalQueue
from tests.crash.house import CITY, House, found, token_of
from tests.crash.points import Watch
from tests.fixtures.databases import SQLITE, Databases


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """What goes wrong goes wrong on purpose, and a trace with all its values takes a second to draw."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@pytest.fixture
def house(databases: Databases) -> Iterator[House]:
    """A hotline on a Monday morning, on SQLite."""
    with databases.copy(SQLITE, CITY, found) as url, House(url, Watch(), "faults") as house:
        yield house


def post(product: Product, path: str, body: Any, who: str = "admin", key: str = "") -> TestResponse:
    """Ask once, as somebody who is logged in."""
    headers = {"Authorization": f"Bearer {token_of(who)}"} | ({"Idempotency-Key": key} if key else {})
    return product.app.test_client().post(f"/api/v1/{path}", json=body, headers=headers)


def get(product: Product, path: str, who: str = "admin") -> TestResponse:
    """Look at something, as somebody who is logged in."""
    return product.app.test_client().get(path, headers={"Authorization": f"Bearer {token_of(who)}"})


def said(answer: TestResponse) -> Any:
    """What stands in the body of an answer."""
    return answer.json


def queue_of(product: Product) -> LocalQueue:
    """The embedded queue."""
    assert isinstance(product.queue, LocalQueue)
    return product.queue


def new_case(title: str = "路灯不亮") -> dict[str, Any]:
    """A good body for `POST /cases`."""
    return {
        "category": "complaint",
        "channel": "phone",
        "title": title,
        "content": "人民路与建设路路口的路灯已经三天不亮，夜间行人不安全。",
        "citizen": {"name": "测试市民", "phone": "13800138000"},
    }
