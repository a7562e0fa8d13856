"""The Alembic tree: one head, and tables that are what the models say, on both databases."""

from collections.abc import Iterator

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from api import database
from api.database import MIGRATIONS, ForeignDatabase, OldDatabase
from engine.db import configure
from tests.fixtures.databases import DIALECTS, Databases


@pytest.fixture(params=DIALECTS)
def bare(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Engine]:
    """A database without any table."""
    with databases.copy(request.param, "bare", lambda url: create_engine(url, poolclass=NullPool).connect().close()) as url:
        engine = configure(create_engine(url, poolclass=NullPool))
        yield engine
        engine.dispose()


def test_the_tree_has_one_head() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_the_migrations_make_what_the_models_say(bare: Engine) -> None:
    assert database.upgrade(bare)
    database.drift(bare)
    assert not database.upgrade(bare)


def test_an_old_database_is_refused_in_one_line(bare: Engine) -> None:
    with pytest.raises(OldDatabase) as refusal:
        database.require_head(bare)
    assert "\n" not in refusal.value.message


def test_a_newer_or_foreign_database_is_left_alone(bare: Engine) -> None:
    with bare.begin() as connection:
        connection.exec_driver_sql("create table somebody_elses (id integer)")
    with pytest.raises(ForeignDatabase):
        database.upgrade(bare)
    with bare.begin() as connection:
        connection.exec_driver_sql("create table alembic_version (version_num varchar(32))")
        connection.exec_driver_sql("insert into alembic_version values ('9999')")
    with pytest.raises(ForeignDatabase):
        database.require_head(bare)
