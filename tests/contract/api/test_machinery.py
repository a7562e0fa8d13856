"""What stands around the resources: the OpenAPI document, its page, health, figures, headers, callbacks' signatures."""

import json
import re
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from standardwebhooks import Webhook

from api.docs.http import METHODS
from tests.contract.api.conftest import Desk

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def test_the_openapi_document_describes_every_call(desk: Desk) -> None:
    spec = desk.stranger.get("openapi.json").json
    assert spec["openapi"].startswith("3.1")
    described = {(path, method.upper()) for path, calls in spec["paths"].items() for method in calls if method in METHODS}
    rules = [rule for rule in desk.product.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    routed = {
        (_PARAMETER.sub(r"{\1}", rule.rule), method)
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.endpoint.startswith(("api-docs", "docs"))
    }
    assert described == routed


def test_the_page_for_people_keeps_to_the_strict_policy(desk: Desk) -> None:
    page = desk.stranger.get("docs")
    assert page.status_code == 200
    assert "/api/v1/cases" in page.text
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert desk.stranger.get("docs.css").status_code == 200


def test_health_and_figures(desk: Desk) -> None:
    assert desk.stranger.get("/healthz").status_code == 200
    assert desk.stranger.get("/readyz").status_code == 503
    desk.open_case()
    figures = desk.stranger.get("/metrics")
    assert figures.content_type.startswith("text/plain")
    assert "bihuan_open_work_items 1.0" in figures.text
    assert 'bihuan_requests_total{method="POST",rule="/api/v1/cases",status="201"}' in figures.text


def test_methods_that_a_stranger_invents_are_counted_together(desk: Desk) -> None:
    for method in ("BREW", "PROPFIND", "ZZZ"):
        assert desk.stranger.send(method, "/healthz").status_code == 405
    figures = desk.stranger.get("/metrics").text
    assert 'method="other"' in figures
    assert "BREW" not in figures


def test_every_answer_carries_what_protects_browsers(desk: Desk) -> None:
    for answer in (
        desk.stranger.get("/healthz"),
        desk.stranger.get("/nowhere"),
        desk["agent1"].get("tasks"),
        desk["agent1"].get("cases/NONE"),
    ):
        assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.getlist("Referrer-Policy") == ["same-origin"]
        assert answer.headers.getlist("Cross-Origin-Opener-Policy") == ["same-origin"]
        assert len(answer.headers.getlist("Content-Security-Policy")) == len(answer.headers.getlist("X-Request-Id")) == 1
    assert desk["agent1"].get("tasks").headers.getlist("Cache-Control") == ["no-store"]


def test_no_cookie_is_set_for_a_program(desk: Desk) -> None:
    assert "Set-Cookie" not in desk["agent1"].get("tasks").headers


def test_every_answer_names_its_request(desk: Desk) -> None:
    assert desk.stranger.get("/healthz", headers={"X-Request-Id": "my-own-id"}).headers["X-Request-Id"] == "my-own-id"
    strange = desk.stranger.get("/healthz", headers={"X-Request-Id": "<script>"}).headers["X-Request-Id"]
    assert strange.isalnum()
    missing = desk["agent1"].get("cases/NONE")
    assert missing.json["request_id"] == missing.headers["X-Request-Id"]


def test_a_units_secret_is_told_once_and_only_to_administrators(desk: Desk) -> None:
    assert desk["agent1"].post("units/water/callback-secret").status_code == 403
    assert desk["admin"].post("units/nowhere/callback-secret").status_code == 404
    first = desk["admin"].post("units/water/callback-secret").json["secret"]
    second = desk["admin"].post("units/water/callback-secret").json["secret"]
    assert first.startswith("whsec_")
    assert first != second


def signed(secret: str, body: bytes, webhook_id: str = "msg_1", age: int = 0) -> dict[str, str]:
    """The headers of a callback."""
    moment = datetime.fromtimestamp(time.time() - age, UTC)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, moment, body.decode()),
    }


@pytest.mark.parametrize("fault", ["unsigned", "other secret", "old", "other body", "unknown unit"])
def test_a_callback_without_a_good_signature_is_refused(desk: Desk, fault: str) -> None:
    secret = desk["admin"].post("units/water/callback-secret").json["secret"]
    other = desk["admin"].post("units/housing/callback-secret").json["secret"]
    body = json.dumps({"work_order": "W", "event": "accepted"}).encode()
    headers = {
        "unsigned": {},
        "other secret": signed(other, body),
        "old": signed(secret, body, age=3600),
        "other body": signed(secret, body + b" "),
        "unknown unit": signed(secret, body),
    }[fault]
    unit = "nowhere" if fault == "unknown unit" else "water"
    assert desk.stranger.post(f"callbacks/oa/{unit}", data=body, headers=headers).status_code == 401


def test_a_signed_callback_for_an_unknown_order_is_not_found_the_same_each_time(desk: Desk) -> None:
    secret = desk["admin"].post("units/water/callback-secret").json["secret"]
    body = json.dumps({"work_order": "NONE", "event": "accepted"}).encode()
    answers = [desk.stranger.post("callbacks/oa/water", data=body, headers=signed(secret, body)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json == answers[1].json
    assert answers[0].content_type == "application/problem+json"


def test_a_signed_callback_that_is_no_object_is_a_bad_request(desk: Desk) -> None:
    secret = desk["admin"].post("units/water/callback-secret").json["secret"]
    for body in (b"[]", b"{"):
        assert desk.stranger.post("callbacks/oa/water", data=body, headers=signed(secret, body)).status_code == 400


def test_a_failed_statement_tells_nobody_its_parameters(desk: Desk) -> None:
    with desk.product.database.connect() as connection, pytest.raises(SQLAlchemyError) as failure:
        connection.execute(text("SELECT :phone FROM no_such_table"), {"phone": "13800138000"})
    assert "13800138000" not in str(failure.value)
