"""Who may take another worker for dead."""

from datetime import UTC, datetime, timedelta

from telephony.worker.leases import EVERY, LAPSE, Presence

NIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def test_who_keeps_its_own_beat_judges_the_others() -> None:
    presence = Presence(NIGHT)
    assert presence.may_judge(NIGHT)
    for beat in range(1, 5):
        presence.said(NIGHT + 2 * beat * EVERY)
        assert presence.may_judge(NIGHT + 2 * beat * EVERY)


def test_who_was_away_leaves_the_others_time_to_come_back() -> None:
    presence = Presence(NIGHT)
    back = NIGHT + 2 * EVERY + timedelta(microseconds=1)
    presence.said(back)
    presence.said(back + EVERY)
    assert not presence.may_judge(back + LAPSE - timedelta(microseconds=1))
    assert presence.may_judge(back + LAPSE)


def test_a_beat_is_due_after_a_while() -> None:
    presence = Presence(NIGHT)
    assert not presence.is_due(NIGHT + EVERY - timedelta(microseconds=1))
    assert presence.is_due(NIGHT + EVERY)
