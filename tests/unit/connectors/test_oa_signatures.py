"""Standard Webhooks as the departments' OA uses them."""

import base64
import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from connectors.oa.errors import BadSignature
from connectors.oa.events import DISPATCHED, document
from connectors.oa.signatures import signed, verified
from engine import clock
from tests.fixtures.clocks import MONDAY_MORNING, Clock

SECRET = "whsec_" + base64.b64encode(b"a secret for tests only, 32 byte").decode()
OTHER = "whsec_" + base64.b64encode(b"another units secret for tests 1").decode()
BODY = '{"work_order":"TS20260302ABCDEFGH-01","event":"accepted"}'


def headers_at(age: timedelta, message_id: str = "msg_1") -> dict[str, str]:
    moment = clock.real_now() - age
    signature = Webhook(SECRET).sign(message_id, moment, BODY)
    return {"Webhook-Id": message_id, "Webhook-Timestamp": str(int(moment.timestamp())), "Webhook-Signature": signature}


def test_what_we_sign_any_standard_library_verifies() -> None:
    assert Webhook(SECRET).verify(BODY, signed(SECRET, "msg_1", BODY)) == json.loads(BODY)


def test_a_good_callback_gives_its_id() -> None:
    assert verified(SECRET, headers_at(timedelta(minutes=4)), BODY.encode()) == "msg_1"


def test_timestamps_are_real_whatever_the_test_clock_says(clock: Clock) -> None:
    assert clock.now == MONDAY_MORNING
    assert verified(SECRET, signed(SECRET, "msg_1", BODY), BODY.encode()) == "msg_1"


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_an_old_or_early_callback_is_refused(age: timedelta) -> None:
    with pytest.raises(BadSignature):
        verified(SECRET, headers_at(age), BODY.encode())


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(BadSignature):
        verified(SECRET, headers_at(timedelta()), BODY.replace("accepted", "returned").encode())


def test_the_raw_bytes_are_what_counts() -> None:
    with pytest.raises(BadSignature):
        verified(SECRET, headers_at(timedelta()), json.dumps(json.loads(BODY)).encode())


def test_another_units_secret_is_refused() -> None:
    with pytest.raises(BadSignature):
        verified(OTHER, headers_at(timedelta()), BODY.encode())


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1"},
        {"Webhook-Signature": "v1,a,b"},
        {"Webhook-Signature": "v1,签名"},
        {"Webhook-Signature": "v1,YQ"},
        {"Webhook-Timestamp": "soon"},
        {"Webhook-Timestamp": "nan"},
        {"Webhook-Id": ""},
        {"Webhook-Id": "一"},
        {"Webhook-Id": "a" * 200},
    ],
)
def test_broken_headers_are_refused_and_never_crash(change: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verified(SECRET, headers_at(timedelta()) | change, BODY.encode())


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(BadSignature):
        verified(SECRET, headers_at(timedelta()), b"\xff\xfe")


def test_a_second_signature_may_stand_beside_while_secrets_are_changed() -> None:
    headers = headers_at(timedelta())
    headers["Webhook-Signature"] = f"v1,{base64.b64encode(b'0' * 32).decode()} {headers['Webhook-Signature']}"
    assert verified(SECRET, headers, BODY.encode()) == "msg_1"


def test_an_event_is_a_cloudevent_with_the_deliverys_id() -> None:
    event = json.loads(document("msg_7", DISPATCHED, "TS1-01", MONDAY_MORNING, {"work_order": "TS1-01", "title": "停水"}))
    assert event == {
        "specversion": "1.0",
        "id": "msg_7",
        "source": "/bihuan/hotline",
        "type": "bihuan.work_order.dispatched",
        "subject": "TS1-01",
        "time": "2026-03-02T01:00:00Z",
        "datacontenttype": "application/json",
        "data": {"work_order": "TS1-01", "title": "停水"},
    }
