"""A PostgreSQL whose host is lost without a word is given up soon."""

from typing import Any

import pytest
from sqlalchemy import make_url

from api.database import open_database
from api.postgresql_backups import _at
from engine import settings
from tests.fixtures.databases import POSTGRESQL, Databases, create_tables


@pytest.mark.parametrize(("more", "limit"), [("", "10000"), ("tcp_user_timeout=30000", "30000")])
def test_a_statement_does_not_wait_long_for_a_host_that_is_lost_unless_its_address_says_so(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, more: str, limit: str
) -> None:
    with databases.copy(POSTGRESQL, "empty", create_tables) as url:
        monkeypatch.setenv("BIHUAN_DATABASE_URL", f"{url}{'&' if '?' in url else '?'}{more}")
        database = open_database(settings.load())
        connection = database.raw_connection()
        try:
            driver: Any = connection.driver_connection
            known = driver.info.get_parameters()
        finally:
            connection.close()
            database.dispose()
    assert {known[name] for name in ("connect_timeout", "keepalives_idle")} == {"10"}
    assert known["tcp_user_timeout"] == limit


@pytest.mark.parametrize(("more", "kept"), [("", False), ("?tcp_user_timeout=30000", True)])
def test_who_restores_waits_for_a_server_that_is_busy_writing(monkeypatch: pytest.MonkeyPatch, more: str, kept: bool) -> None:
    monkeypatch.setenv("BIHUAN_DATABASE_URL", f"postgresql://bihuan@db.invalid/bihuan{more}")
    (asked,) = _at(make_url(settings.load().database_url))
    assert ("tcp_user_timeout=30000" in asked) == kept
    assert ("timeout" in asked) == kept
    assert "host=db.invalid" in asked
