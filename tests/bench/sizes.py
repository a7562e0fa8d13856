"""How many bytes of the database the cases take, indexes included."""

from sqlalchemy import Engine, text

from tests.fixtures.databases import SQLITE

ENGINE_TABLES = ("instance", "work_item", "timer", "subscription", "message_inbox", "history", "submission", "delivery", "job")
_SQLITE = "select s.tbl_name, sum(d.pgsize) from dbstat d join sqlite_schema s on s.name = d.name group by s.tbl_name"
_POSTGRESQL = "select relname, pg_total_relation_size(oid) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"


def table_sizes(database: Engine) -> dict[str, int]:
    """Bytes of each table with its indexes, after tidying up."""
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.connection.driver_connection.execute("vacuum")  # type: ignore[union-attr]  # connected, so there is a driver's connection
        rows = connection.execute(text(_SQLITE if database.dialect.name == SQLITE else _POSTGRESQL)).all()
    return {name: int(size) for name, size in rows}
