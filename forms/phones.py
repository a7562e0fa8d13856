"""Telephone numbers as callers give them: mobile, landline with area code, 400, and the short codes of China."""

import re
import unicodedata

import phonenumbers

REGION = "CN"
_SHORT = re.compile(r"11\d|12[0-2]|1\d{4}|11[68]\d{3}|9[56]\d{3,4}")
"""110, 119, 12345, 10086, 95598, 96110 … which phonenumbers calls possible but not valid."""
_DIALLED = re.compile(r"\+?[\d\s().-]{3,24}")


def tidy(text: str) -> str:
    """Full-width digits and dashes in plain ones, outer blanks gone; as the person wrote it otherwise."""
    return unicodedata.normalize("NFKC", text).replace("–", "-").replace("—", "-").strip()


def is_mobile(text: str) -> bool:
    """Whether a text message can be sent there."""
    number = normalise(text)
    if number is None or not number.startswith("+"):
        return False
    return phonenumbers.number_type(phonenumbers.parse(number)) == phonenumbers.PhoneNumberType.MOBILE


def as_dialled(text: str) -> str:
    """The digits by which a number is called from here, however it was written: a short code or a mobile as it stands, a landline with
    its area code's 0, a number abroad after 00. What is no number keeps all but the signs that people put between digits."""
    written = tidy(text)
    digits = re.sub(r"[\s().+-]", "", written)
    if normalise(written) in (None, digits):
        return digits
    number = phonenumbers.parse(written, REGION)
    if number.country_code != phonenumbers.country_code_for_region(REGION):
        return f"00{number.country_code}{phonenumbers.national_significant_number(number)}"
    return re.sub(r"\D", "", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


def normalise(text: str) -> str | None:
    """The number in E.164 (`+8613800138000`), a short code as it stands; None if nobody could be called there."""
    written = tidy(text)
    if not _DIALLED.fullmatch(written):
        return None
    digits = re.sub(r"\D", "", written)
    if _SHORT.fullmatch(digits) and not written.startswith("+"):
        return digits
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
