"""Texts without telephone or identity numbers, for lists and for whoever needs not see them (X02)."""

import re

NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(\d{3})[- ]?\d{3,12}[- ]?(\d{2}[\dXx])(?![0-9A-Za-z])")


def masked(text: str) -> str:
    """The text with everything that looks like a phone or identity number reduced to its first three and last digits."""
    return NUMBER.sub(r"\1****\2", text)
