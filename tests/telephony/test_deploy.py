"""An exchange whose settings are the files of `deploy/asterisk`, filled in, and a worker to whom it connects: a call is served."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from tests.fixtures.asterisk.deployed import DeployedNode
from tests.fixtures.asterisk.node import DEPLOYED
from tests.fixtures.databases import SQLITE, Databases
from tests.fixtures.host import ROOT
from tests.fixtures.phones import Telephones
from tests.fixtures.product import built, found_city
from tests.fixtures.server import Daemon
from tests.telephony.hotline import Hotline
from tests.telephony.test_daemon import launch, nobody, settings

DEPLOY = ROOT / "deploy"
OPEN_PLACE = re.compile(r"\b[A-Z]+(?:_[0-9]+)?_(?:NAME|ADDRESS|PASSWORD)\b")
"""As the document has the administrator look for it."""
RECORDINGS = "/var/lib/bihuan/recordings"


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
            assert [(row.id, row.outcome) for row in hotline.rows()] == [(call, "talked")]
            assert worker.stop() == 0
        finally:
            if worker.runs:
                worker.kill()
    errors = [line for line in deployed.log().splitlines() if " ERROR[" in line]
    assert not [line for line in errors if "Unable to load config file" not in line]  # the package has the others


@pytest.mark.parametrize("name", ["ari.conf", "websocket_client.conf"])
def test_the_document_shows_the_sections_that_are_shipped(name: str) -> None:
    document = (ROOT / "docs/telephony.md").read_text(encoding="utf-8")
    shipped = "\n".join(line for line in (DEPLOYED / name).read_text(encoding="utf-8").splitlines() if not line.startswith(";"))
    shown = [
        block
        for block in re.findall(r"^```\n(.*?)\n```$", document, re.MULTILINE | re.DOTALL)
        if block in shipped.replace("\n\n\n", "\n\n")
    ]
    assert any("[worker-1]" in block for block in shown)


def test_the_folder_of_recordings_is_one_for_all() -> None:
    shared = (DEPLOY / "bihuan.env.example").read_text(encoding="utf-8")
    assert f"\nBIHUAN_RECORDINGS={RECORDINGS}\n" in shared
    assert not [path.name for path in (DEPLOY / "systemd").iterdir() if "BIHUAN_RECORDINGS=" in path.read_text(encoding="utf-8")]
    services = yaml.safe_load((DEPLOY / "compose.telephony.yaml").read_text(encoding="utf-8"))["services"]
    assert {name: service["volumes"] for name, service in services.items()} == {
        "telephony": [f"recordings:{RECORDINGS}"],
        "web1": [f"recordings:{RECORDINGS}:ro"],
        "web2": [f"recordings:{RECORDINGS}:ro"],
    }


def test_a_worker_of_compose_is_held_as_its_fellows() -> None:
    fellow = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]["worker1"]
    worker = yaml.safe_load((DEPLOY / "compose.telephony.yaml").read_text(encoding="utf-8"))["services"]["telephony"]
    alike = ("image", "restart", "stop_grace_period", "read_only", "tmpfs", "cap_drop", "security_opt", "depends_on")
    assert {name: worker[name] for name in alike} == {name: fellow[name] for name in alike}
    assert worker["command"] == ["telephony"]


def test_what_a_worker_has_for_itself_goes_before_what_all_share() -> None:
    unit = (DEPLOY / "systemd/bihuan-telephony@.service").read_text(encoding="utf-8")
    assert re.findall(r"^EnvironmentFile=(.*)$", unit, re.MULTILINE) == ["/etc/bihuan/bihuan.env", "-/etc/bihuan/telephony-%i.env"]
