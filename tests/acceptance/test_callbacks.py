"""A department's own system answers, signed by Standard Webhooks."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.acceptance.hotline import Hotline, fields

FOREIGN = "whsec_" + base64.b64encode(bytes(32)).decode()


class Department:
    """The OA of a unit, with the secret it was given."""

    def __init__(self, hotline: Hotline, unit: str) -> None:
        answer = hotline["admin"].post(f"units/{unit}/callback-secret")
        self.secret: str = answer.json()["secret"]
        self._client, self._address = hotline.server.client(), f"callbacks/oa/{unit}"

    def says(self, work_order: str, event: str, *, key: str = "", secret: str = "", age: int = 0, **more: Any) -> requests.Response:
        """Send one signed event; `age` in seconds."""
        body = json.dumps({"work_order": work_order, "event": event, **more}).encode()
        key, moment = key or f"msg_{uuid4().hex}", str(int(time.time()) - age)
        digest = hmac.new(
            base64.b64decode((secret or self.secret).removeprefix("whsec_")), f"{key}.{moment}.".encode() + body, hashlib.sha256
        )
        signature = f"v1,{base64.b64encode(digest.digest()).decode()}"
        headers = {"webhook-id": key, "webhook-timestamp": moment, "webhook-signature": signature, "Content-Type": "application/json"}
        return self._client.post(self._address, data=body, headers=headers)


@pytest.fixture(scope="module")
def housing(hotline: Hotline) -> Department:
    """The housing bureau's OA."""
    return Department(hotline, "housing")


def test_a_department_works_a_case_from_its_own_system(hotline: Hotline, housing: Department) -> None:
    case_no = hotline.complaint_at("ack")
    order = hotline.order(case_no)["work_order"]
    assert housing.says(order, "done", result="solved").status_code == 409, "nothing to handle yet"
    assert housing.says(order, "progress", text="正在路上").status_code == 200
    assert hotline.open_tasks(case_no) == ["ack"], "progress only records"
    given = hotline.filled(case_no, "ack", contact_person="张三")
    accepted = housing.says(order, "accepted", key="once", **given)
    assert accepted.status_code == 200
    steps = hotline.history(case_no)
    again = housing.says(order, "accepted", key="once", **given)
    assert (again.status_code, again.text) == (200, accepted.text)
    assert hotline.history(case_no) == steps, "a repeat changes nothing"
    assert housing.says(order, "accepted").status_code == 409
    told = [step for step in steps if "event" in (step.get("data") or {})]
    assert [(step["type"], step["element_id"], step["actor"]) for step in told] == [
        ("progress", None, "unit:housing"),
        ("complete", "ack", "unit:housing"),
    ]
    asked = housing.says(order, "extension_requested", days=3, reason="需要等待配件")
    assert asked.status_code == 200
    assert hotline.open_tasks(case_no) == ["handle", "extension_decision"]
    assert fields(housing.says(order, "done")) >= {"result", "reply"}
    assert housing.says(order, "done", **hotline.filled(case_no, "handle")).status_code == 200
    assert "handle" not in hotline.open_tasks(case_no)


def test_a_department_gives_an_order_back(hotline: Hotline, housing: Department) -> None:
    case_no = hotline.complaint_at("handle")
    order = hotline.order(case_no)["work_order"]
    assert fields(housing.says(order, "returned")) == {"return_reason", "return_basis"}
    assert housing.says(order, "returned", return_reason="not_ours", return_basis="依据三定方案，不属于我单位职责。").status_code == 200
    assert hotline.open_tasks(case_no) == ["return_audit"]


def test_only_a_fresh_good_signature_counts(hotline: Hotline, housing: Department) -> None:
    case_no = hotline.complaint_at("ack")
    order = hotline.order(case_no)["work_order"]
    given = hotline.filled(case_no, "ack")
    for wrong in ({"secret": FOREIGN}, {"age": 3600}, {"age": -3600}):
        assert housing.says(order, "accepted", key="forged", **wrong, **given).status_code == 401
    assert housing.says(order, "accepted", key="forged", **given).status_code == 200, "an id is remembered only after a good signature"


def test_a_department_reaches_its_own_orders_alone(hotline: Hotline, housing: Department) -> None:
    case_no = hotline.complaint_at("ack", unit="water")
    assert housing.says(hotline.order(case_no)["work_order"], "accepted").status_code == 404
    assert housing.says("NOPE-01", "accepted").status_code == 404
    assert fields(housing.says("NOPE-01", "explode")) == {"event"}


def test_only_an_administrator_gives_out_the_secret(hotline: Hotline) -> None:
    for who in ("agent1", "unit_housing", "auditor1"):
        assert hotline[who].post("units/heat/callback-secret").status_code == 403
    assert hotline["admin"].post("units/nope/callback-secret").status_code == 404
