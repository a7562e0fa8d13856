"""Numbers as people write them and as they are dialled."""

import pytest

from forms.phones import as_dialled


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("13800138000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("029-8555 0101", "02985550101"),
        ("(029)85550101", "02985550101"),
        ("+86 29 8555 0101", "02985550101"),
        ("０２９－８５５５０１０１", "02985550101"),
        ("400-600-1234", "4006001234"),
        ("120", "120"),
        ("12345", "12345"),
        ("1001", "1001"),
        ("+44 20 7946 0018", "00442079460018"),
        ("12a", "12a"),
        ("*72", "*72"),
        ("", ""),
    ],
)
def test_a_number_is_dialled_however_it_was_written(written: str, digits: str) -> None:
    assert as_dialled(written) == digits
