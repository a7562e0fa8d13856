"""Makes the sounds of the prompts: text → pinyin → espeak-ng → sox → A-law of 8 kHz, as the exchange plays it.

espeak-ng's own Mandarin voice reads characters one by one and gets those with two readings wrong (重庆 as zhòng qìng), and some
versions of it spell the pinyin out in English; so pypinyin reads, by phrases, and espeak-ng is given pinyin alone.
"""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pypinyin import Style, lazy_pinyin

from telephony.prompts import FOLDER, LANGUAGE, TEXTS

SPEAKING = ("-v", "cmn-latn-pinyin", "-s", "150", "-a", "100")
"""The voice, its words a minute, its loudness (of 200: more is clipped before it is levelled)."""
TELEPHONE = ("gain", "-6", "highpass", "200", "lowpass", "3400", "rate", "-m", "8000", "norm", "-3", "pad", "0.05", "0.12")
"""The band of a telephone, 3 dB below the loudest it can carry, a little silence at both ends."""
ENCODING = ("-t", "raw", "-e", "a-law", "-b", "8", "-r", "8000", "-c", "1")
MADE = "made.json"
"""Beside the sounds: which text, said how, each was made of."""
SECONDS = 30


@dataclass(frozen=True)
class Programs:
    """The beginnings of the two command lines."""

    speaker: Sequence[str] = ("espeak-ng",)
    converter: Sequence[str] = ("sox",)


def pinyin(text: str) -> str:
    """The text as it is said, a syllable with its tone after the other: 银行 is `yin2 hang2`."""
    return " ".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True))


def make(sounds: Path, texts: Mapping[str, str] = TEXTS, programs: Programs | None = None) -> list[str]:
    """Make what is new or changed below `<sounds>/zh/bihuan`, and return its names.

    A file that somebody put in the place of one of ours is kept as long as the text stays. Raises `OSError` and
    `subprocess.SubprocessError` when a program is not there or fails.
    """
    folder = sounds / LANGUAGE / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    known = folder / MADE
    made: dict[str, str] = json.loads(known.read_text()) if known.exists() else {}
    changed = list(_changed(folder, texts, made))
    for name in changed:
        _say(texts[name], folder / f"{name}.alaw", programs or Programs())
        made[name] = digest(texts[name])
        # noted one by one: who is interrupted goes on where they were
        known.write_text(json.dumps(made, indent=2, sort_keys=True))
    return changed


def digest(text: str) -> str:
    """Changes with the text, and with how it is said."""
    return hashlib.sha256("\n".join((text, *SPEAKING, *TELEPHONE, *ENCODING)).encode()).hexdigest()


def _changed(folder: Path, texts: Mapping[str, str], made: Mapping[str, str]) -> Iterable[str]:
    for name, text in texts.items():
        if made.get(name) != digest(text) or not (folder / f"{name}.alaw").exists():
            yield name


def _say(text: str, to: Path, programs: Programs) -> None:
    with tempfile.TemporaryDirectory(dir=to.parent) as place:
        spoken, converted = Path(place) / "spoken.wav", Path(place) / "converted"
        _run([*programs.speaker, *SPEAKING, "-w", str(spoken), pinyin(text)])
        _run([*programs.converter, "-V1", str(spoken), *ENCODING, str(converted), *TELEPHONE])
        converted.replace(to)


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)  # noqa: S603 a program with our own arguments, no shell
