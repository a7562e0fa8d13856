"""Load for an exchange: Debian's `sipp` as citizens and as agents' telephones, unpacked without root beside the exchange itself."""

import csv
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.fixtures.asterisk.node import CITY_HOST, Node
from tests.fixtures.asterisk.packages import PREFIX, Packages, alone, had, program
from tests.fixtures.phones.tones import second_of
from tests.fixtures.server import free_port

SIPP: Final = Packages(("sip-tester",), PREFIX / "sipp", ("bin/python3", "--version"))
"""`sipp` ends everything that is no test with an error, so what it brings along shows that the unpacked programs run."""
SCENARIOS: Final = Path(__file__).parent / "sipp"
CALLED: Final = "12345"
HERTZ: Final = 440
AT_ONCE: Final = 2_000
SEATS_MEDIA, CALLERS_MEDIA = 33_000, 36_000
"""The first ports of voice; below what the system gives to others."""


class Generator:
    """Citizens who call, and telephones that answer, on the city's side of an exchange."""

    def __init__(self, node: Node, folder: Path) -> None:
        with alone():
            self._program = program(had(SIPP), "bin/sipp")
        self._node, self._folder = node, folder
        self._running: list[subprocess.Popen[bytes]] = []
        tone = folder / "tone.alaw"
        tone.write_bytes(second_of(HERTZ) * 10)
        self._caller = folder / "caller.xml"
        self._caller.write_text((SCENARIOS / "caller.xml").read_text().replace("TONE", str(tone)))

    @property
    def pids(self) -> list[int]:
        """Its processes."""
        return [process.pid for process in self._running if process.poll() is None]

    @contextmanager
    def seats(self) -> Iterator[None]:
        """Every number behind the trunk answers at once."""
        words = ["-sf", str(SCENARIOS / "seat.xml"), "-p", str(self._node.city[1]), "-rtp_echo", "-min_rtp_port", str(SEATS_MEDIA)]
        process = self._start([*words, "-l", str(AT_ONCE)])
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def call(self, rate: int, seconds: int, hold: int) -> "Calls":
        """So many calls a second for so long, each held for `hold` seconds once it is answered."""
        folder = self._folder / f"calls-{len(self._running)}"
        folder.mkdir()
        words = ["-sf", str(self._caller), "-p", str(free_port()), "-s", CALLED, "-min_rtp_port", str(CALLERS_MEDIA)]
        words += ["-r", str(rate), "-m", str(rate * seconds), "-d", str(hold * 1000), "-l", str(AT_ONCE)]
        words += ["-trace_rtt", "-rtt_freq", "1", "-trace_stat", "-stf", str(folder / "stat.csv"), "-fd", "1"]
        return Calls(self._start([*words, "{}:{}".format(*self._node.sip)], folder), folder)

    def _start(self, words: list[str], folder: Path | None = None) -> subprocess.Popen[bytes]:
        command = [*self._program, "-i", CITY_HOST, "-mi", CITY_HOST, "-nostdin", *words]
        with (self._folder / "sipp.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=folder or self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self._running.append(process)
        return process


class Calls:
    """Calls that go on, and what became of them."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process, self._folder = process, folder

    def wait(self, seconds: float) -> bool:
        """Wait until all are over; whether they are."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> None:
        """No more."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def failed(self) -> int:
        """How many did not go as they should."""
        with (self._folder / "stat.csv").open(newline="") as file:
            return int(list(csv.DictReader(file, delimiter=";"))[-1]["FailedCall(C)"])

    @property
    def answered_after(self) -> list[float]:
        """Milliseconds from each invitation until it was answered, in order."""
        (path,) = self._folder.glob("*_rtt.csv")
        with path.open(newline="") as file:
            return sorted(float(row[1]) for row in list(csv.reader(file, delimiter=";"))[1:])


def pause(seconds: float) -> None:
    """Let the load run."""
    threading.Event().wait(seconds)
