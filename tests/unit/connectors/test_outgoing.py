"""What an outside system's answer means (E08)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.outgoing import post
from engine import clock
from engine.outbox.errors import Refused, RetryLater
from tests.fixtures.gateway import HANG, Gateway
from tests.fixtures.gateway import gateway as running_gateway


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running_gateway() as receiver:
        yield receiver


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_taken(gateway: Gateway, status: int) -> None:
    gateway.answers.append(status)
    post(gateway.url, b"{}", {"Idempotency-Key": "msg_1"})
    assert gateway.requests[0].headers["idempotency-key"] == "msg_1"


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(gateway: Gateway, status: int) -> None:
    gateway.answers.append(status)
    with pytest.raises(RetryLater, match=str(status)):
        post(gateway.url, b"{}", {})


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 410, 422])
def test_what_stays_is_for_a_person(gateway: Gateway, status: int) -> None:
    gateway.answers.append((status, {"Location": gateway.url}))
    with pytest.raises(Refused, match=str(status)):
        post(gateway.url, b"{}", {})
    assert len(gateway.requests) == 1


def test_a_receiver_that_hangs_is_given_up_in_time(gateway: Gateway) -> None:
    gateway.answers.append(HANG)
    with pytest.raises(RetryLater, match="in time"):
        post(gateway.url, b"{}", {}, read_seconds=0.1)


def test_a_receiver_that_is_away_is_tried_again() -> None:
    with running_gateway() as receiver:
        url = receiver.url
    with pytest.raises(RetryLater, match="cannot be reached"):
        post(url, b"{}", {})


@pytest.mark.parametrize("url", ["", "oa.example", "ftp://oa.example/in", "http://[bad/in", "http:///in"])
def test_an_address_that_is_none_is_for_a_person(url: str) -> None:
    with pytest.raises(Refused, match="not usable"):
        post(url, b"{}", {})


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), (" 7 ", 7), ("999999999999", 86_400)])
def test_a_wish_in_seconds_is_heard(gateway: Gateway, header: str, seconds: int) -> None:
    gateway.answers.append((503, {"Retry-After": header}))
    with pytest.raises(RetryLater) as caught:
        post(gateway.url, b"{}", {})
    assert caught.value.after == timedelta(seconds=seconds)


def test_a_wish_as_a_date_is_heard(gateway: Gateway) -> None:
    later = clock.real_now() + timedelta(minutes=10)
    gateway.answers.append((503, {"Retry-After": later.strftime("%a, %d %b %Y %H:%M:%S GMT")}))
    with pytest.raises(RetryLater) as caught:
        post(gateway.url, b"{}", {})
    assert caught.value.after is not None
    assert timedelta(minutes=9) < caught.value.after <= timedelta(minutes=10)


@pytest.mark.parametrize("header", ["soon", "-5", "Mon, 99 Foo 2026"])
def test_a_wish_nobody_understands_is_none(gateway: Gateway, header: str) -> None:
    gateway.answers.append((503, {"Retry-After": header}))
    with pytest.raises(RetryLater) as caught:
        post(gateway.url, b"{}", {})
    assert caught.value.after is None
