"""An exchange whose settings are the files of `deploy/asterisk`, filled in, and a worker to whom it connects: a call is served."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.asterisk.deployed import DeployedNode
from tests.fixtures.databases import SQLITE, Databases
from tests.fixtures.phones import Telephones
from tests.fixtures.product import built, found_city
from tests.fixtures.server import Daemon
from tests.telephony.hotline import Hotline
from tests.telephony.test_daemon import launch, nobody, settings

OPEN_PLACE = re.compile(r"\b[A-Z]+(?:_[0-9]+)?_(?:NAME|ADDRESS|PASSWORD)\b")
"""As the document has the administrator look for it."""


@pytest.fixture
def deployed(asterisk: Path, tmp_path: Path) -> Iterator[DeployedNode]:
    """An exchange as it is deployed."""
    with DeployedNode(asterisk, tmp_path / "exchange") as node:
        yield node


def test_an_exchange_out_of_the_files_that_are_shipped_serves_a_call(deployed: DeployedNode, databases: Databases, tmp_path: Path) -> None:
    assert not [
        f"{path.name}: {place}" for path in (deployed.folder / "etc").glob("*.conf") for place in OPEN_PLACE.findall(path.read_text())
    ]
    assert {"1001", "web1", "city"} <= set(re.findall(r"Endpoint:\s+(\w+)", deployed.say("pjsip show endpoints")))
    assert "HTTPS Server Enabled" in deployed.say("http show status")
    worker = Daemon(tmp_path / "telephony.log", "telephony")
    with databases.copy(SQLITE, "city", found_city) as url, Telephones(deployed) as phones, built(url) as product:
        hotline = Hotline(product, deployed, phones, nobody())
        with deployed.impatient():
            excused = hotline.calls(caller="13900003333")
            excused.until_hears_speech()  # no worker is there
            excused.until("ended")
        given = {**settings(deployed, url, tmp_path), "BIHUAN_ARI_APP": "bihuan-1", "BIHUAN_ARI_RECEIVE": deployed.receiver}
        try:
            launch(worker, given)
            citizen, agent, call = hotline.talk()
            agent.until_hears({citizen.tone})
            citizen.hangup()
            hotline.nothing_is_left()
            hotline.until(lambda: len(hotline.rows()) == 2)
            assert [(row.number, row.outcome) for row in hotline.rows()] == [(excused.me, "abandoned"), (citizen.me, "talked")]
            assert hotline.rows()[1].id == call
            assert worker.stop() == 0
        finally:
            if worker.runs:
                worker.kill()
    errors = [line for line in deployed.log().splitlines() if " ERROR[" in line]
    assert not [line for line in errors if "Unable to load config file" not in line]  # the package has the others
