"""The log: one JSON line an event, by which a request can be found again."""

import json
import subprocess
import sys

import requests

from tests.fixtures.server import Server

FAILING = """
import structlog
from api import logs
logs.configure("info", readable=True)
log = structlog.get_logger("somewhere")
log.debug("too small to tell")
try:
    raise ValueError("坏数据\\nsecond line")
except ValueError:
    log.exception("failed", place=("第 1 行", 7), what=object)
"""


def test_an_event_is_one_line_of_json_with_its_trace() -> None:
    told = subprocess.run([sys.executable, "-c", FAILING], capture_output=True, text=True, check=True, timeout=60).stderr
    (line,) = told.splitlines()
    event = json.loads(line)
    assert (event["event"], event["level"], event["place"]) == ("failed", "error", ["第 1 行", 7])
    assert "坏数据" in line
    assert event["exception"].startswith("Traceback")
    assert event["timestamp"].endswith("Z")


def test_a_request_is_found_by_its_id_and_tells_nothing_of_its_address(server: Server) -> None:
    requests.get(f"{server.url}/api/v1/public/cases/NO-1?code=never-told", headers={"X-Request-Id": "find-me-again"}, timeout=10)
    events = [json.loads(line) for line in server.log.splitlines() if "find-me-again" in line]
    assert [(event["event"], event["rule"], event["status"]) for event in events] == [("request", "/api/v1/public/cases/<case_no>", 404)]
    assert "never-told" not in json.dumps(events)
