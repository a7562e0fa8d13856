"""Moments and lamps in words."""

from datetime import timedelta

import pytest
from flask import Flask

from api.web import lamps, times
from api.web.i18n import missing
from tests.fixtures.clocks import Clock


@pytest.mark.parametrize(
    ("language", "hours", "words"),
    [
        ("zh-CN", -50, "已超 2 天"),
        ("zh-CN", -1, "已超 1 小时"),
        ("zh-CN", 0.5, "剩 30 分钟"),
        ("zh-CN", 47, "剩 1 天"),
        ("en", -50, "2 d overdue"),
        ("en", 0.5, "30 min left"),
    ],
)
def test_a_deadline_says_how_much_is_left_or_by_how_much_it_passed(clock: Clock, language: str, hours: float, words: str) -> None:
    with Flask("test").test_request_context(f"/?lang={language}"):
        assert times.left(clock.now + timedelta(hours=hours)) == words


def test_times_are_told_on_the_clock_of_the_hotline(clock: Clock) -> None:
    with Flask("test").test_request_context("/"):
        assert times.absolute(clock.now) == "03-02 09:00"
        assert times.absolute(clock.now - timedelta(days=365)) == "2025-03-02 09:00"
        assert times.full(clock.now) == "2026-03-02 周一 09:00:00"
        assert times.ago(clock.now - timedelta(minutes=12)) == "12 分钟前"
        assert times.urgency(clock.now) == "late"
        assert times.urgency(clock.now + timedelta(hours=2)) == "soon"
        assert times.urgency(clock.now + timedelta(days=2)) == ""


def test_a_due_moment_is_told_in_all_its_words_at_once(clock: Clock) -> None:
    with Flask("test").test_request_context("/?lang=en"):
        told = times.deadline(clock.now + timedelta(hours=2))
    assert told == ("2026-03-02T03:00:00+00:00", "2026-03-02 Mon 11:00:00", "03-02 11:00", "2 h left", "soon")


def test_every_colour_has_a_word_and_a_meaning_of_its_own() -> None:
    assert set(lamps.MEANINGS[lamps.DUE]) == set(lamps.WORDS)
    assert set(lamps.MEANINGS[lamps.AGE]) == set(lamps.WORDS) - {"red_hollow"}
    for kind in (lamps.AGE, lamps.DUE):
        meanings = list(lamps.MEANINGS[kind].values())
        assert len(set(meanings)) == len(meanings)
        assert not [message for message in meanings if missing(message)]
