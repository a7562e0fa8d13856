"""Settings of the exchange that are wrong are told before anything starts."""

import pytest

from engine import settings


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"BIHUAN_ARI_URL": "ftp://nowhere", "BIHUAN_ARI_PASSWORD": "x"}, "BIHUAN_ARI_URL"),
        ({"BIHUAN_ARI_URL": "http://pbx/ari", "BIHUAN_ARI_PASSWORD": "x", "BIHUAN_ARI_APP": "other"}, "BIHUAN_ARI_APP"),
        ({"BIHUAN_ARI_URL": "http://pbx/ari", "BIHUAN_ARI_PASSWORD": "x", "BIHUAN_ARI_RECEIVE": "nonsense"}, "BIHUAN_ARI_RECEIVE"),
        ({"BIHUAN_ARI_URL": "http://pbx/ari", "BIHUAN_ARI_PASSWORD": "x", "BIHUAN_SEAT_WSS": "wss://pbx/ws"}, "BIHUAN_SEAT_SECRET"),
        (
            {"BIHUAN_ARI_URL": "http://pbx/ari", "BIHUAN_SEAT_WSS": "wss://pbx/ws", "BIHUAN_SEAT_SECRET": "fifteen letters"},
            "BIHUAN_SEAT_SECRET",
        ),
        ({"BIHUAN_ARI_URL": "http://pbx/ari", "BIHUAN_ARI_PASSWORD": "x", "BIHUAN_SEAT_WSS": "http://pbx"}, "BIHUAN_SEAT_WSS"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(settings.BadSettings) as wrong:
        settings.load()
    assert any(words in problem for problem in wrong.value.problems)


def test_a_web_server_needs_no_password_of_the_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_ARI_URL", "http://pbx/ari")
    assert settings.load().ari_password == ""


def test_an_exchange_needs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_ARI_URL", "http://pbx/ari")
    monkeypatch.setenv("BIHUAN_ARI_PASSWORD", "secret")
    found = settings.load()
    assert (found.ari_user, found.ari_app, found.ari_receive, found.telephony_port) == ("bihuan", "bihuan", "", 0)
    assert "secret" not in repr(found)
