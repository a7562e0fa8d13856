"""The ring rule's vectors (T12, D5)."""

import pytest

from telephony.calls.rings import kept, ring_number


@pytest.mark.parametrize(("seconds", "ring"), [(0, 1), (4.9, 1), (5, 2), (9.9, 2), (10, 3), (14.9, 3), (15, 4)])
def test_a_ring_begins_every_five_seconds(seconds: float, ring: int) -> None:
    assert ring_number(seconds) == ring
    assert kept(ring) is (ring == 2)
