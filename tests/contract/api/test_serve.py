"""`bihuan serve` as a process: ready, pushed to, ended, killed and started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import psutil
import pytest
import requests
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tests.contract.api.conftest import CASE
from tests.fixtures.databases import DIALECTS, Databases
from tests.fixtures.filling import answers
from tests.fixtures.server import STOP_SECONDS, Server

BIHUAN = [Path(sys.executable).parent / "bihuan"]
COUNTS = {
    "cases": 'select count(*) from "case"',
    "twice": "select count(*) - count(distinct number) from demo_case",
    "unfinished": "select count(*) from demo_load where finished_at is null",
    "incidents": "select count(*) from incident",
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_ends_within_ten_seconds_though_browsers_listen(dialect: str, databases: Databases, tmp_path: Path) -> None:
    with databases.copy(dialect, "bare", lambda url: create_engine(url, poolclass=NullPool).connect().close()) as url:
        with Server(tmp_path, url) as server:
            agent = server.log_in("agent1")
            streams = [agent.get("events", stream=True) for _ in range(40)]
            lines = [stream.iter_lines() for stream in streams]
            assert [next(one) for one in lines] == [b"retry: 2000"] * len(streams)
            opened = agent.post("cases", json={**CASE, "category": "complaint"})
            assert opened.status_code == 201
            assert any(opened.json()["case_no"].encode() in line for line in lines[0])
            began = monotonic()
            assert server.stop() == 0
            assert monotonic() - began < STOP_SECONDS
            for stream in streams:
                stream.close()
        with Server(tmp_path, url) as again:
            assert again.log_in("agent1").get(f"cases/{opened.json()['case_no']}").status_code == 200


def test_a_port_that_is_taken_is_one_clear_line(server: Server, tmp_path: Path) -> None:
    environment = {**os.environ, "PORT": str(server.port), "BIHUAN_DATABASE_URL": f"sqlite:///{tmp_path}/other.db"}
    told = subprocess.run([*BIHUAN, "serve"], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 2
    assert len(told.stderr.strip().splitlines()) == 1
    assert str(server.port) in told.stderr


def test_whichever_of_its_processes_dies_is_started_anew_and_all_goes_on(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        main = psutil.Process(server.pid)
        assert len(main.children()) == 2
        for killed in main.children():
            killed.kill()
            server.wait_for(lambda killed=killed: len({*main.children()} - {killed}) == 2)  # type: ignore[misc]  # mypy infers no default of a lambda
            told_of_acceptance(server)
            server.wait_for(lambda: delivered(server) > 0)


def told_of_acceptance(server: Server) -> None:
    """Open a complaint and accept it, of which its citizen is told."""
    agent = server.log_in("admin")
    case_no = agent.post("cases", json={**CASE, "category": "complaint"}).json()["case_no"]
    (task,) = agent.get(f"cases/{case_no}").json()["tasks"]
    form = agent.get(f"tasks/{task['id']}").json()
    done = agent.post(f"tasks/{task['id']}/complete", json={"data": answers(form["form"]["components"], form["data"])})
    assert done.status_code == 200, done.text


def delivered(server: Server) -> float:
    """How many deliveries the background process that lives has tried, as the one that answers tells it."""
    figures = requests.get(f"{server.url}/metrics", timeout=5).text
    counts = [
        line.split()[1] for line in figures.splitlines() if line.startswith('bihuan_job_seconds_count{kind="deliver",process="background"}')
    ]
    return float(counts[0]) if counts else 0.0


def test_a_city_whose_making_was_killed_is_finished_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "bihuan.db"
    environment = {
        **os.environ,
        "PORT": "0",
        "BIHUAN_DATABASE_URL": f"sqlite:///{file}",
        "BIHUAN_DEMO_CASES": "12",
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen([*BIHUAN, "serve"], env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True) as making:
        assert making.stdout is not None
        told = next(line for line in making.stdout if " 40 %" in line)
        os.killpg(making.pid, signal.SIGKILL)
    assert "12" in told
    with Server(tmp_path, f"sqlite:///{file}", BIHUAN_DEMO_CASES="12") as server:
        case = server.log_in("auditor1").get("cases?limit=1").json()["items"][0]
        assert server.log_in("auditor1").get(f"cases/{case['case_no']}/history").json()["items"]
    found = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with found.connect() as connection:
        counts = {name: connection.exec_driver_sql(query).scalar() for name, query in COUNTS.items()}
    assert counts == {"cases": 12, "twice": 0, "unfinished": 0, "incidents": 0}
    verified = subprocess.run([*BIHUAN, "audit", "verify"], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert verified.returncode == 0, verified.stdout
