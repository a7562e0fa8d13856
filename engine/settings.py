"""Every setting of the product, read once from the environment and checked before anything starts.

The names are documented in `README.md`; a wrong value is one clear line on its own, Chinese then English,
and all wrong values are told at once.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from environs import Env, EnvError
from marshmallow.validate import OneOf, Range
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import BihuanError

DEMO, PRODUCTION = "demo", "production"
DEMO_KEY: Final = "bihuan-demo-key-known-to-everybody"
DEMO_PASSWORD: Final = "demo"  # noqa: S105 the password that contract.md names for the demo city
DEMO_CENTRE_PHONE: Final = "19000020001"
"""Made up, as every number of the demo city."""

LEAST_KEY = 32
LEAST_VARIETY = 10
LEAST_SEAT_SECRET = 16
LOG_LEVELS = ("debug", "info", "warning", "error")
LOST_HOST: Final = {
    "connect_timeout": "10",
    "tcp_user_timeout": "10000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
}
"""libpq's: a PostgreSQL whose host is lost without a word is given up after some ten seconds and tried again. By Linux's own defaults a
statement under way would wait a quarter of an hour, and one that waits for its answer two hours."""
T = TypeVar("T")


class BadSettings(BihuanError):
    """配置有误，程序没有启动。 The settings are wrong; nothing was started."""

    code = "bad-settings"

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Durations carry their unit in the name; `database_url` is absolute for SQLite."""

    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    env: str
    demo_password: str = field(repr=False)
    demo_cases: int
    test_clock: bool
    host: str
    port: int
    threads: int
    proxies: int
    log_level: str
    models: Path
    file_limit_mb: int
    token_hours: int
    session_idle_minutes: int
    secure_cookies: bool
    sms_url: str | None
    sms_key: str | None = field(repr=False)
    centre_phone: str
    ari_url: str | None
    ari_user: str
    ari_password: str = field(repr=False)
    ari_app: str
    ari_receive: str
    """Where exchanges connect to with their events (`host:port`); empty when we connect to them."""
    seat_wss: str
    """Where a browser's softphone reaches the exchange (`wss://host/ws`); empty where agents have telephones of their own."""
    seat_secret: str = field(repr=False)
    """What the passwords of browsers at the exchange are derived from (`telephony/seats/browsers.py`)."""
    recordings: Path
    telephony_port: int
    """Of the telephony worker's own `/metrics`; 0 for none."""
    ready_lag_seconds: int
    traces: str | None
    """Where traces are sent (OTLP over HTTP), by the variables that OpenTelemetry itself defines; None sends none."""

    @property
    def production(self) -> bool:
        """Whether this is the real hotline, where demo accounts and the test clock are refused."""
        return self.env == PRODUCTION

    @property
    def sqlite_file(self) -> Path | None:
        """The database file of SQLite; None on PostgreSQL."""
        url = make_url(self.database_url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def load() -> Settings:
    """Read the settings of this process. Raises `BadSettings` with one line per problem."""
    reader = _Reader()
    env = reader.choice("BIHUAN_ENV", DEMO, (DEMO, PRODUCTION))
    settings = Settings(
        database_url=reader.database("BIHUAN_DATABASE_URL", "sqlite:///var/bihuan.db"),
        secret_key=reader.text("BIHUAN_SECRET_KEY") or ("" if env == PRODUCTION else DEMO_KEY),
        env=env,
        demo_password=reader.text("BIHUAN_DEMO_PASSWORD") or DEMO_PASSWORD,
        demo_cases=reader.number("BIHUAN_DEMO_CASES", 200, 0, 100_000),
        test_clock=reader.flag("BIHUAN_TEST_CLOCK"),
        host=reader.text("BIHUAN_HOST") or "127.0.0.1",
        port=reader.number("PORT", 8000, 0, 65535),
        threads=reader.number("BIHUAN_THREADS", 256, 4, 1024),
        proxies=reader.number("BIHUAN_PROXIES", 0, 0, 5),
        log_level=reader.choice("BIHUAN_LOG_LEVEL", "info", LOG_LEVELS),
        models=Path(reader.text("BIHUAN_MODELS") or "bpmn-models").resolve(),
        file_limit_mb=reader.number("BIHUAN_FILE_LIMIT_MB", 10, 1, 200),
        token_hours=reader.number("BIHUAN_TOKEN_HOURS", 12, 1, 24 * 30),
        session_idle_minutes=reader.number("BIHUAN_SESSION_IDLE_MINUTES", 30, 1, 24 * 60),
        secure_cookies=reader.flag("BIHUAN_SECURE_COOKIES", default=env == PRODUCTION),
        sms_url=reader.text("BIHUAN_SMS_URL") or None,
        sms_key=reader.text("BIHUAN_SMS_KEY") or None,
        centre_phone=reader.text("BIHUAN_CENTRE_PHONE") or ("" if env == PRODUCTION else DEMO_CENTRE_PHONE),
        ari_url=reader.text("BIHUAN_ARI_URL") or None,
        ari_user=reader.text("BIHUAN_ARI_USER") or "bihuan",
        ari_password=reader.text("BIHUAN_ARI_PASSWORD"),
        ari_app=reader.text("BIHUAN_ARI_APP") or "bihuan",
        ari_receive=reader.text("BIHUAN_ARI_RECEIVE"),
        seat_wss=reader.text("BIHUAN_SEAT_WSS"),
        seat_secret=reader.text("BIHUAN_SEAT_SECRET"),
        recordings=Path(reader.text("BIHUAN_RECORDINGS") or "var/recordings").resolve(),
        telephony_port=reader.number("BIHUAN_TELEPHONY_PORT", 0, 0, 65535),
        ready_lag_seconds=reader.number("BIHUAN_READY_LAG_SECONDS", 120, 5, 24 * 3600),
        traces=reader.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or reader.text("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
    )
    problems = reader.problems + _contradictions(settings, demo_password_given=bool(reader.text("BIHUAN_DEMO_PASSWORD")))
    if problems:
        raise BadSettings(problems)
    return settings


class _Reader:
    """Reads single variables through environs and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._env = Env()

    def text(self, name: str) -> str:
        """The variable's text without blanks around it, empty when it is not set."""
        return self._env.str(name, "").strip()

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within its range."""
        wanted = (f"应为 {least} 到 {most} 之间的整数", f"must be a whole number from {least} to {most}")
        return self._read(lambda: self._env.int(name, validate=Range(least, most)), name, default, wanted)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A switch: 1, true, yes, on and their opposites."""
        return self._read(lambda: self._env.bool(name), name, default, ("应为 0 或 1", "must be 0 or 1"))

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of a few words."""
        words = " ".join(allowed)
        wanted = (f"只能是 {words} 之一", f"must be one of {words}")
        return self._read(lambda: self._env.str(name, validate=OneOf(allowed)), name, default, wanted)

    def database(self, name: str, default: str) -> str:
        """A database address for SQLAlchemy; a relative SQLite file is taken from the working directory."""
        url = _database(self.text(name) or default)
        if url is not None:
            return url.render_as_string(hide_password=False)
        # The address may hold a password, so it is not repeated.
        self.problems.append(
            f"{name} 不是可用的数据库地址。 {name} is no usable database address: write sqlite:///path/to/file.db or "
            "postgresql://user:password@host/name."
        )
        return default

    def _read(self, read: Callable[[], T], name: str, default: T, wanted: tuple[str, str]) -> T:
        if not self.text(name):
            return default
        try:
            return read()
        except EnvError:
            chinese, english = wanted
            self.problems.append(f"{name} {chinese}，现在是 {self.text(name)!r}。 {name} {english}, not {self.text(name)!r}.")
            return default


def _database(text: str) -> URL | None:
    try:
        url = make_url(text)
    except ArgumentError:
        return None
    if url.get_backend_name() == "sqlite" and url.database:
        return url.set(database=str(Path(url.database).resolve()))
    if url.get_backend_name() != "postgresql":
        return None
    return url.set(drivername="postgresql+psycopg", query={**LOST_HOST, **url.query})


def _contradictions(settings: Settings, *, demo_password_given: bool) -> list[str]:
    problems = []
    if bool(settings.sms_url) != bool(settings.sms_key):
        problems.append("BIHUAN_SMS_URL 与 BIHUAN_SMS_KEY 须同时设置。 BIHUAN_SMS_URL and BIHUAN_SMS_KEY must be set together.")
    problems += _bad_exchange(settings)
    if not settings.production:
        return problems
    if demo_password_given:
        problems.append(
            "生产环境不允许演示账号，请删除 BIHUAN_DEMO_PASSWORD。 Production refuses demo accounts: remove BIHUAN_DEMO_PASSWORD."
        )
    if settings.test_clock:
        problems.append("生产环境不允许测试时钟，请删除 BIHUAN_TEST_CLOCK。 Production refuses the test clock: remove BIHUAN_TEST_CLOCK.")
    return problems + _weak_key(settings.secret_key)


def _bad_exchange(settings: Settings) -> list[str]:
    if settings.ari_url is None:
        return []
    problems = []
    if not settings.ari_url.startswith(("http://", "https://")):
        problems.append(
            "BIHUAN_ARI_URL 应以 http:// 或 https:// 开头，例如 http://127.0.0.1:8088/ari。 "
            "BIHUAN_ARI_URL must begin with http:// or https://, as http://127.0.0.1:8088/ari does."
        )
    if not re.fullmatch(r"bihuan[A-Za-z0-9_-]{0,40}", settings.ari_app):
        problems.append("BIHUAN_ARI_APP 须以 bihuan 开头。 BIHUAN_ARI_APP must begin with bihuan: the dial plan offers calls to those.")
    if settings.ari_receive and not re.fullmatch(r"[^:\s]+:\d{1,5}", settings.ari_receive):
        problems.append("BIHUAN_ARI_RECEIVE 应写作 地址:端口。 BIHUAN_ARI_RECEIVE must be host:port.")
    if settings.seat_wss and not settings.seat_wss.startswith(("wss://", "ws://127.0.0.1")):
        problems.append("BIHUAN_SEAT_WSS 须以 wss:// 开头。 BIHUAN_SEAT_WSS must begin with wss://.")
    if settings.seat_wss and len(settings.seat_secret) < LEAST_SEAT_SECRET:
        problems.append(
            f"使用浏览器软电话须设置 BIHUAN_SEAT_SECRET，至少 {LEAST_SEAT_SECRET} 个字符。 "
            f"Softphones in browsers need BIHUAN_SEAT_SECRET, of at least {LEAST_SEAT_SECRET} characters."
        )
    return problems


def _weak_key(key: str) -> list[str]:
    if not key:
        return [
            f"生产环境必须设置 BIHUAN_SECRET_KEY（至少 {LEAST_KEY} 个字符）。 "
            f"Production needs BIHUAN_SECRET_KEY (at least {LEAST_KEY} characters)."
        ]
    if key == DEMO_KEY:
        return ["BIHUAN_SECRET_KEY 不能是演示密钥。 BIHUAN_SECRET_KEY is the demo key that everybody knows; make one of your own."]
    if len(key) < LEAST_KEY or len(set(key)) < LEAST_VARIETY:
        return [
            f"BIHUAN_SECRET_KEY 太弱：至少 {LEAST_KEY} 个字符，且不少于 {LEAST_VARIETY} 种。 "
            f"BIHUAN_SECRET_KEY is too weak: at least {LEAST_KEY} characters, {LEAST_VARIETY} different ones."
        ]
    return []
