"""Browsers as telephones: each has a password of its own, printed for the exchange by `bihuan seats` (T07)."""

import pytest
from click.testing import CliRunner

from api.cli import main
from telephony.seats import browsers

SECRET = "a secret of some length"


def test_each_browser_has_its_own_password_that_follows_from_the_secret() -> None:
    found = {browsers.password(secret, browsers.name(number)) for secret in (SECRET, SECRET + "!") for number in range(1, 51)}
    assert len(found) == 100
    assert browsers.password(SECRET, "web1") == browsers.password(SECRET, "web1")
    assert all(len(each) == 32 and SECRET not in each for each in found)


def test_the_exchanges_part_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_SEAT_SECRET", SECRET)
    printed = CliRunner().invoke(main, ["seats", "2"])
    assert printed.exit_code == 0
    assert printed.output.count("password = ") == 2
    assert f"[web2](web-login)\nusername = web2\npassword = {browsers.password(SECRET, 'web2')}\n" in printed.output
    assert SECRET not in printed.output


@pytest.mark.parametrize("count", ["0", "1000", "many"])
def test_a_number_that_is_none_is_refused(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_SEAT_SECRET", SECRET)
    assert CliRunner().invoke(main, ["seats", count]).exit_code == 2


def test_without_a_secret_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIHUAN_SEAT_SECRET", raising=False)
    refused = CliRunner().invoke(main, ["seats", "2"])
    assert refused.exit_code == 2
    assert "BIHUAN_SEAT_SECRET" in refused.output
    assert "password" not in refused.output.replace("the passwords of browsers", "")
