"""What stands in `deploy/` fits the product: its commands, its settings, and the formats of those who read it."""

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from api.cli import main
from tests.fixtures.host import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NODES = {"web1": "serve", "web2": "serve", "worker1": "worker", "worker2": "worker"}
RECORDINGS = "/var/lib/bihuan/recordings"
SETTING = re.compile(r"\b(BIHUAN_[A-Z_]+)\b")


@pytest.fixture(scope="module")
def compose() -> Any:
    """The compose file as its reader sees it."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def with_telephony() -> Any:
    """What is laid over it for calls."""
    return yaml.safe_load((DEPLOY / "compose.telephony.yaml").read_text(encoding="utf-8"))


def test_every_setting_is_one_of_the_products() -> None:
    known = set(SETTING.findall((ROOT / "engine/settings.py").read_text(encoding="utf-8")))
    named = {path: set(SETTING.findall(path.read_text(encoding="utf-8"))) for path in DEPLOY.rglob("*") if path.is_file()}
    assert {str(path): names - known for path, names in named.items() if names - known} == {}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_commands_that_there_are(path: Path) -> None:
    commands = re.findall(r"^ExecStart=\S+/bihuan (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands
    assert set(commands) <= set(main.commands)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_unit(path: Path, tmp_path: Path) -> None:
    """By its own check where it is installed, with paths that exist here; else at least as a file of its format."""
    here = path.read_text(encoding="utf-8").replace("/opt/bihuan/.venv/bin/bihuan", str(Path(sys.executable).parent / "bihuan"))
    unit = tmp_path / path.name.replace("@", "@8001")
    unit.write_text(here.replace("/opt/bihuan", str(ROOT)), encoding="utf-8")
    check = shutil.which("systemd-analyze")
    if check is None:
        sections = RawConfigParser(strict=False)
        sections.read_string(here)
        assert {"Unit", "Service"} <= set(sections)
        return
    told = subprocess.run([check, "verify", "--man=no", unit], capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stdout + told.stderr) == (0, "")


@pytest.mark.parametrize("name", ["bihuan-web@.service", "bihuan-worker@.service"])
def test_a_node_is_always_brought_back(name: str) -> None:
    lines = (DEPLOY / "systemd" / name).read_text(encoding="utf-8").splitlines()
    assert {"Restart=always", "StartLimitIntervalSec=0", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(lines)


def test_the_compose_file_has_two_of_each_behind_a_proxy(compose: Any) -> None:
    services = compose["services"]
    assert {name: services[name]["command"] for name in NODES} == {name: [command] for name, command in NODES.items()}
    assert set(services) == {*NODES, "postgres", "upgrade", "migrate", "proxy"}
    proxied = set(re.findall(r"^\s+server (\w+):8000 ", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"), re.MULTILINE))
    assert proxied == {"web1", "web2"}


def test_no_node_starts_before_the_migrations(compose: Any) -> None:
    services = compose["services"]
    assert all(services[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}} for name in NODES)
    assert services["migrate"]["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}
    assert services["upgrade"]["command"] == ["db", "upgrade"]


def test_every_service_comes_back_and_waits_for_whom_it_needs(compose: Any) -> None:
    services = compose["services"]
    once = {"upgrade", "migrate"}
    assert {name: service["restart"] for name, service in services.items()} == {
        name: "no" if name in once else "always" for name in services
    }
    needed = {name: set(service.get("depends_on", ())) for name, service in services.items()}
    assert all(names <= set(services) for names in needed.values())


def test_the_image_copies_what_there_is() -> None:
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert not [name for names in copied for name in names if not (ROOT / name).exists()]


@pytest.mark.parametrize("name", ["ari.conf", "websocket_client.conf"])
def test_the_document_shows_the_sections_that_are_shipped(name: str) -> None:
    document = (ROOT / "docs/telephony.md").read_text(encoding="utf-8")
    shipped = "\n".join(line for line in (DEPLOY / "asterisk" / name).read_text(encoding="utf-8").splitlines() if not line.startswith(";"))
    shown = [
        block
        for block in re.findall(r"^```\n(.*?)\n```$", document, re.MULTILINE | re.DOTALL)
        if block in shipped.replace("\n\n\n", "\n\n")
    ]
    assert any("[worker-1]" in block for block in shown)


def test_the_folder_of_recordings_is_one_for_all(with_telephony: Any) -> None:
    shared = (DEPLOY / "bihuan.env.example").read_text(encoding="utf-8")
    assert f"\nBIHUAN_RECORDINGS={RECORDINGS}\n" in shared
    assert not [path.name for path in (DEPLOY / "systemd").iterdir() if "BIHUAN_RECORDINGS=" in path.read_text(encoding="utf-8")]
    assert {name: service["volumes"] for name, service in with_telephony["services"].items()} == {
        "telephony": [f"recordings:{RECORDINGS}"],
        "web1": [f"recordings:{RECORDINGS}:ro"],
        "web2": [f"recordings:{RECORDINGS}:ro"],
    }


def test_a_worker_of_compose_is_held_as_its_fellows(compose: Any, with_telephony: Any) -> None:
    fellow, worker = compose["services"]["worker1"], with_telephony["services"]["telephony"]
    alike = ("image", "restart", "stop_grace_period", "read_only", "tmpfs", "cap_drop", "security_opt", "depends_on")
    assert {name: worker[name] for name in alike} == {name: fellow[name] for name in alike}
    assert worker["command"] == ["telephony"]


def test_what_a_worker_has_for_itself_goes_before_what_all_share() -> None:
    unit = (DEPLOY / "systemd/bihuan-telephony@.service").read_text(encoding="utf-8")
    assert re.findall(r"^EnvironmentFile=(.*)$", unit, re.MULTILINE) == ["/etc/bihuan/bihuan.env", "-/etc/bihuan/telephony-%i.env"]
