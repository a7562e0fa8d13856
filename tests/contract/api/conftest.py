"""The API on a product with one small process, so that these tests hold whatever the hotline's diagrams say."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from api import preparation
from api.demo import accounts, units
from api.product import Product
from engine.actor import SYSTEM
from engine.runtime.work import Work
from tests.fixtures.databases import DIALECTS, Databases
from tests.fixtures.product import built, settings_for

MODELS = Path(__file__).parent / "models"
PASSWORD = "demo"
CASE = {
    "category": "simple_matter",
    "channel": "phone",
    "title": "路灯不亮",
    "content": "人民路 3 号路灯不亮，晚间出行不便。",
    "citizen": {"name": "王小明", "phone": "19000001234"},
}


@dataclass(frozen=True)
class Answer:
    """What a call was answered; `json` is None where the body is none."""

    status_code: int
    headers: Headers
    data: bytes
    json: Any

    @property
    def text(self) -> str:
        """The body as text."""
        return self.data.decode()

    @property
    def content_type(self) -> str:
        """The body's media type."""
        return self.headers["Content-Type"]


class Caller:
    """One person's use of the API by bearer token; paths are relative to `/api/v1/`."""

    def __init__(self, client: FlaskClient, token: str | None = None) -> None:
        self._client = client
        self.token = token

    def send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Answer:
        """Make a call with the token."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        address = path if path.startswith("/") else f"/api/v1/{path}"
        response = self._client.open(address, method=method, headers={**own, **(headers or {})}, follow_redirects=True, **options)
        answer = Answer(response.status_code, response.headers, response.get_data(), response.get_json(silent=True))
        response.close()
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        """GET."""
        return self.send("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        """POST, with a JSON body if one is given."""
        if json is not None:
            options["json"] = json
        return self.send("POST", path, **options)


class Desk:
    """The product and the people who call it."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self._known: dict[str, Caller] = {}

    @property
    def stranger(self) -> Caller:
        """Somebody who has not logged in."""
        return Caller(self.product.app.test_client())

    def __getitem__(self, username: str) -> Caller:
        """A demo account, logged in."""
        if username not in self._known:
            answer = self.stranger.post("tokens", {"username": username, "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            self._known[username] = Caller(self.product.app.test_client(), answer.json["token"])
        return self._known[username]

    def open_case(self, **changes: Any) -> dict[str, Any]:
        """Open a case as an agent; answers the API's answer."""
        answer = self["agent1"].post("cases", {**CASE, **changes})
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json
        return opened

    def task(self, case_no: str) -> dict[str, Any]:
        """The oldest open task of a case."""
        tasks: list[dict[str, Any]] = self["agent1"].get(f"cases/{case_no}").json["tasks"]
        return tasks[0]


def found_desk(url: str) -> None:
    preparation.tables(settings_for(url), lambda _line: None)
    with built(url) as product:
        done = preparation.deploy(product, preparation.files_at([MODELS]))
        assert not done.refused, done.findings
        product.engine.transact(SYSTEM, _people)


def _people(work: Work) -> None:
    units.seed(work.session)
    accounts.seed(work.session, PASSWORD)


@pytest.fixture(params=DIALECTS)
def desk(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Desk]:
    """The small product on both databases in turn."""
    with databases.copy(request.param, "desk", found_desk) as url, built(url) as product:
        yield Desk(product)
