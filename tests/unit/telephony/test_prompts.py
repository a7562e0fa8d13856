"""Prompts: every one has a text, numbers are said as people say them, and only what changed is made again."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from telephony.prompts import TEXTS, digits, making, media, number, queue_position

SPEAKER = """
import pathlib, sys
pathlib.Path(sys.argv[sys.argv.index("-w") + 1]).write_text(sys.argv[-1])
"""
CONVERTER = """
import pathlib, sys
said = pathlib.Path(sys.argv[2]).read_text()
pathlib.Path(next(word for word in sys.argv[3:] if word.endswith("converted"))).write_text(said.upper())
"""
PROGRAMS = making.Programs((sys.executable, "-c", SPEAKER), (sys.executable, "-c", CONVERTER))
"""Two that leave behind what they were given."""


def test_every_prompt_says_something_short_enough_to_be_listened_to() -> None:
    assert [name for name, text in TEXTS.items() if not 1 <= len(text) <= 60] == []


def test_names_are_such_that_every_file_system_and_dial_plan_takes_them() -> None:
    assert [name for name in TEXTS if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("name", [name for name in TEXTS if name.startswith("satisfaction")])
def test_the_keys_of_the_survey_are_told_in_their_order(name: str) -> None:
    assert "满意请按一，不满意请按二，无法确认请按三" in TEXTS[name]


@pytest.mark.parametrize("button", ["medical", "police", "service"])
def test_a_contact_of_a_pager_is_told_both_keys(button: str) -> None:
    assert "按一确认前往，按二不能去" in TEXTS[f"pager-{button}"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "零"), (1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九"), (100, "九十九"), (-1, "零")],
)
def test_a_number_is_said_as_people_say_it(value: int, said: str) -> None:
    assert "".join(TEXTS[name] for name in number(value)) == said


def test_a_staff_number_is_said_digit_by_digit() -> None:
    assert "".join(TEXTS[name] for name in digits("A-1024")) == "一零二四"


def test_who_is_next_is_not_told_a_position() -> None:
    assert queue_position(0) == ()
    assert "".join(TEXTS[name] for name in queue_position(12)) == "您前面还有十二位。"


def test_prompts_are_played_in_a_row_and_an_unknown_one_is_a_mistake_of_ours() -> None:
    assert media("welcome", "menu") == "sound:bihuan/welcome,sound:bihuan/menu"
    with pytest.raises(KeyError):
        media("welcome", "wellcome")


def test_characters_with_two_readings_are_read_by_their_phrase() -> None:
    assert making.pinyin("重庆银行") == "chong2 qing4 yin2 hang2"
    assert making.pinyin("重要行人") == "zhong4 yao4 xing2 ren2"


def test_only_what_changed_is_made_again(tmp_path: Path) -> None:
    texts = {"one": "一", "two": "二"}
    assert making.make(tmp_path, texts, PROGRAMS) == ["one", "two"]
    folder = tmp_path / "zh" / "bihuan"
    assert (folder / "one.alaw").read_text() == "YI1"
    assert making.make(tmp_path, texts, PROGRAMS) == []
    assert making.make(tmp_path, texts | {"two": "两"}, PROGRAMS) == ["two"]
    assert (folder / "two.alaw").read_text() == "LIANG3"
    (folder / "one.alaw").unlink()
    assert making.make(tmp_path, texts | {"two": "两"}, PROGRAMS) == ["one"]


def test_a_recording_by_a_person_stays(tmp_path: Path) -> None:
    making.make(tmp_path, {"one": "一"}, PROGRAMS)
    sound = tmp_path / "zh" / "bihuan" / "one.alaw"
    sound.write_bytes(b"spoken by somebody")
    assert making.make(tmp_path, {"one": "一"}, PROGRAMS) == []
    assert sound.read_bytes() == b"spoken by somebody"


@pytest.mark.parametrize("converter", [("there-is-no-such-program",), (sys.executable, "-c", "raise SystemExit(1)")])
def test_what_was_made_before_a_failure_is_kept_and_nothing_half_made(tmp_path: Path, converter: tuple[str, ...]) -> None:
    making.make(tmp_path, {"one": "一"}, PROGRAMS)
    with pytest.raises((OSError, subprocess.SubprocessError)):
        making.make(tmp_path, {"one": "一", "two": "二"}, making.Programs(PROGRAMS.speaker, converter))
    folder = tmp_path / "zh" / "bihuan"
    assert set(json.loads((folder / making.MADE).read_text())) == {"one"}
    assert {path.name for path in folder.iterdir()} == {"one.alaw", making.MADE}
