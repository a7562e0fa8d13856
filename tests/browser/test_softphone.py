"""The whole way of a call: a citizen's telephone, a real exchange, a worker, and an agent whose telephone is the browser (T07, T08)."""

import hashlib
import shutil
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk
from tests.fixtures.asterisk.node import USER, Node
from tests.fixtures.phones import MUSIC_HERTZ, Call, Telephones
from tests.fixtures.server import Daemon, Server

CITIZEN = "13900001111"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required")
"""A microphone that beeps every second."""
POP_SECONDS = 10.0
"""From the call's arrival at the exchange to its sight on the page, on a machine that does much else (T07: one)."""
LONG = 30_000
"""Milliseconds for what goes through the exchange."""
_SEEN = """
window.seenAt = null;
new MutationObserver(() => {
  if (window.seenAt === null && document.querySelector('#caller')) window.seenAt = Date.now();
}).observe(document, { childList: true, subtree: true });
"""
_HEARS = """() => {
  const stream = document.querySelector('#soft-sound').srcObject;
  if (!stream || stream.getAudioTracks()[0]?.readyState !== 'live') return 0;
  if (!window.ear) {
    const context = new AudioContext();
    window.ear = context.createAnalyser();
    window.ear.fftSize = 8192;
    window.rate = context.sampleRate;
    context.createMediaStreamSource(stream).connect(window.ear);
  }
  const found = new Float32Array(window.ear.frequencyBinCount);
  window.ear.getFloatFrequencyData(found);
  let best = 0;
  found.forEach((level, at) => { if (level > found[best]) best = at; });
  return found[best] > -60 ? best * window.rate / window.ear.fftSize : 0;
}"""


_MICROPHONES = """
window.asked = [];
window.tracks = [];
const media = navigator.mediaDevices, take = media.getUserMedia.bind(media), list = media.enumerateDevices.bind(media);
media.getUserMedia = async (wanted) => {
  window.asked.push(wanted.audio);
  if (window.refused) throw new DOMException('in use', 'NotReadableError');
  const stream = await take(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
media.enumerateDevices = async () => (window.tracks.length ? list() : []);
"""
"""Notes what was asked for and given; names no device before one was used, as where nobody was asked for leave yet."""
_LIVE = "() => window.tracks.map((track) => track.readyState === 'live')"


class Office:
    """A server and a worker on one database, both on one exchange."""

    def __init__(self, server: Server, worker: Daemon, page: Page, phones: Telephones) -> None:
        self.server, self.worker, self.page, self.phones = server, worker, page, phones

    def call(self) -> dict[str, Any]:
        """The newest call."""
        found: dict[str, Any] = self.server.log_in("admin").get("telephony/calls").json()["items"][0]
        return found


@contextmanager
def _open(folder: Path, exchange: Node, browser: Browser) -> Iterator[Office]:
    settings = {
        "BIHUAN_ARI_URL": exchange.url,
        "BIHUAN_ARI_USER": USER,
        "BIHUAN_ARI_PASSWORD": exchange.password,
        "BIHUAN_ARI_APP": "bihuan-softphone",
        "BIHUAN_SEAT_WSS": exchange.secure_websocket,
        "BIHUAN_SEAT_SECRET": exchange.seat_secret,
    }
    with Server(folder, **settings) as server, Telephones(exchange) as phones:
        worker = Daemon(folder / "telephony.log", "telephony")
        worker.launch({"BIHUAN_DATABASE_URL": server.database_url, "BIHUAN_TEST_CLOCK": "1", **settings})
        try:
            worker.wait_for(lambda: "telephony runs" in worker.log)
            with browser.new_context(locale="zh-CN", permissions=["microphone"], viewport={"width": 400, "height": 760}) as context:
                yield Office(server, worker, context.new_page(), phones)
        finally:
            if worker.runs:
                worker.stop()


def trusting(certificate: Path) -> tuple[str, ...]:
    """What lets the browser take the exchange's own certificate, that one and no other."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return (f"--ignore-certificate-errors-spki-list={b64encode(digest).decode()}",)


@pytest.fixture
def office(tmp_path: Path, exchange: Node, chromium: Browser) -> Iterator[Office]:
    """A browser with a microphone that beeps, an exchange reached by TLS, a server, a worker."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    browser = chromium.browser_type.launch(executable_path=path, args=[*FLAGS, *FAKE, *trusting(exchange.certificate)])
    try:
        with _open(tmp_path, exchange, browser) as office:
            yield office
    finally:
        browser.close()


def _signed_in(page: Page) -> None:
    """The browser is the agent's telephone, and they take calls."""
    page.get_by_label("接听后在主窗口打开登记表").uncheck()
    page.get_by_role("button", name="签入").click()
    expect(page.locator("#soft-state")).to_have_text("软电话已就绪", timeout=LONG)
    page.get_by_role("button", name="置闲").click()
    expect(page.locator("#state-title + .badge")).to_have_text("空闲")


def _answered(office: Office, page: Page) -> Call:
    """A citizen calls and is answered."""
    citizen = office.phones.city.call("12345", caller=CITIZEN)
    page.get_by_role("button", name="接听", exact=True).click(timeout=LONG)
    expect(page.locator("#soft-state")).to_have_text("正在通话", timeout=LONG)
    _hears_the_browser(office, citizen)
    return citizen


def _hears_the_browser(office: Office, citizen: Call) -> None:
    """The citizen hears something that is neither silence nor the waiting music: the beep."""
    office.phones.until(lambda: citizen.heard() not in (frozenset(), frozenset({MUSIC_HERTZ})))


def test_a_call_rings_in_the_browser_is_answered_held_and_hung_up(office: Office) -> None:
    desk = Desk(office.page, office.server)
    page = office.page
    lines: list[str] = []
    page.on("websocket", lambda line: lines.append(line.url))
    page.add_init_script(_SEEN)
    desk.log_in("agent1")
    desk.open("/seat")
    _signed_in(page)

    citizen = office.phones.city.call("12345", caller=CITIZEN)
    expect(page.locator("#caller")).to_have_text(CITIZEN, timeout=LONG)
    began = datetime.fromisoformat(office.call()["began_at"]).timestamp()
    assert page.evaluate("window.seenAt") / 1000 - began <= POP_SECONDS
    expect(page.locator("#soft-state")).to_have_text("来电振铃", timeout=LONG)

    page.get_by_role("button", name="接听", exact=True).click()
    expect(page.locator("#soft-state")).to_have_text("正在通话", timeout=LONG)
    expect(page.locator("#seat")).to_have_attribute("data-call-state", "talking", timeout=LONG)
    _hears_the_browser(office, citizen)
    page.wait_for_function(f"() => Math.abs(({_HEARS})() - {citizen.tone}) < 15", timeout=LONG)

    page.get_by_role("button", name="静音").click()
    expect(page.get_by_role("button", name="静音")).to_have_attribute("aria-pressed", "true")
    citizen.until_silent()
    page.get_by_role("button", name="静音").click()
    _hears_the_browser(office, citizen)

    page.get_by_role("button", name="保持").click()
    citizen.until_hears({MUSIC_HERTZ})
    page.get_by_role("button", name="取回").click()
    _hears_the_browser(office, citizen)

    page.get_by_role("button", name="挂断", exact=True).click()
    citizen.until("ended")
    expect(page.locator("#soft-state")).to_have_text("软电话已就绪", timeout=LONG)
    expect(page.locator("#state-title + .badge")).to_have_text("话后整理", timeout=LONG)
    assert office.call()["outcome"] == "talked"
    assert lines
    assert all(line.startswith("wss://") for line in lines)
    assert not desk.violations()
    assert not desk.barriers()


def test_a_microphone_is_changed_in_mid_call_given_back_after_it_and_remembered(office: Office) -> None:
    desk = Desk(office.page, office.server)
    page = office.page
    page.add_init_script(_MICROPHONES)
    desk.log_in("agent1")
    desk.open("/seat")
    _signed_in(page)
    choice = page.locator("#soft-microphone")
    expect(choice.locator("option")).to_have_count(1)

    citizen = _answered(office, page)
    page.get_by_text("音量和设备").click()
    first, second = choice.locator("option").nth(1), choice.locator("option").nth(2)
    expect(second).to_be_attached()
    headset, other = (option.get_attribute("value") for option in (first, second))
    choice.select_option(headset)
    page.wait_for_function(f"() => String(({_LIVE})()) === 'false,true'")
    _hears_the_browser(office, citizen)

    page.evaluate("window.refused = true")
    choice.select_option(other)
    expect(page.locator("#soft-state")).to_have_text("换不了麦克风，通话继续用原来的")
    expect(choice).to_have_value(headset or "")
    assert page.evaluate(_LIVE) == [False, True]
    _hears_the_browser(office, citizen)
    page.get_by_role("button", name="挂断", exact=True).click()
    citizen.until("ended")
    page.wait_for_function(f"() => String(({_LIVE})()) === 'false,false'")

    desk.open("/seat")
    expect(page.locator("#soft-state")).to_have_text("软电话已就绪", timeout=LONG)
    expect(choice.locator("option")).to_have_count(1)
    page.get_by_role("button", name="置闲").click()
    _answered(office, page)
    assert page.evaluate("window.asked.at(-1).deviceId.ideal") == headset
    expect(choice).to_have_value(headset or "")
    page.get_by_role("button", name="挂断", exact=True).click()
    expect(page.locator("#soft-state")).to_have_text("软电话已就绪", timeout=LONG)
    assert not desk.violations()
