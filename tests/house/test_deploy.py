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
SETTING = re.compile(r"\b(BIHUAN_[A-Z_]+)\b")


@pytest.fixture(scope="module")
def compose() -> Any:
    """The compose file as its reader sees it."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


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
