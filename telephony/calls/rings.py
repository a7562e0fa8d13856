"""How quickly agents answer: by rings, as the hotline's rules count (T12, D5), and by seconds, as GB/T 33358 does."""

CADENCE = 5.0
"""Seconds from ring to ring in China: one on, four off."""
EXPECTED = 2
"""The ring on which an agent answers; the first is too hasty, the third too late."""
PROMPT = 15
"""Seconds in which a caller should be answered (接通时限, GB/T 33358)."""


def ring_number(seconds: float) -> int:
    """On which ring a telephone was answered that had rung for so long."""
    return int(seconds // CADENCE) + 1


def kept(ring: int) -> bool:
    """Whether that was the ring on which it should be."""
    return ring == EXPECTED
