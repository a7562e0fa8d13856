"""The fixtures of `tests/fixtures/`, for every test."""

pytest_plugins = (
    "tests.fixtures.host",
    "tests.fixtures.logs",
    "tests.fixtures.clocks",
    "tests.fixtures.databases",
    "tests.fixtures.product",
    "tests.fixtures.browser",
    "tests.fixtures.server",
    "tests.fixtures.exchange",
)
