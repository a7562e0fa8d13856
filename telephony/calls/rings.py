"""How quickly agents answer: by rings, as the hotline's rules count (T12, D5), and by seconds, as GB/T 33358 does."""

CADENCE = 5.0
"""Seconds from ring to ring in China: one on, four off."""
EXPECTED = 2
"""The ring on which an agent answers; the first is too hasty, the third too late."""
PROMPT = 15.0
"""Seconds (GB/T 33358)."""


def ring_number(seconds: float) -> int:
    """On which ring a telephone was answered that had rung for so long."""
    return int(seconds // CADENCE) + 1


def violates(seconds: float) -> bool:
    """Whether it was answered on another ring than the second."""
    return ring_number(seconds) != EXPECTED


def prompt(seconds: float) -> bool:
    """Whether it was answered within 15 seconds."""
    return seconds <= PROMPT
