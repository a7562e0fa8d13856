"""What a reader of the history sees of submitted forms: everything, with names and numbers masked (X02)."""

from collections.abc import Mapping
from typing import Any

from processes.casefile.masking import masked
from processes.registry.citizens.masking import mask_name, mask_phone

WHO = frozenset("caller_name address geo anonymous_reason".split())
"""Fields that say who a citizen is, beside every telephone number; a confidential case (工单保密) shows a unit none of them."""


def without_the_citizen(field: str, value: Any) -> Any:
    """A submitted value as a unit sees it in the history of a confidential case."""
    return None if field in WHO or "phone" in field else shown(field, value)


def shown(field: str, value: Any) -> Any:
    """A submitted value as the history shows it; a field's key says what it holds."""
    if isinstance(value, str):
        if "phone" in field:
            return mask_phone(value)
        return mask_name(value) if field.endswith("name") else masked(value)
    if isinstance(value, list):
        return [shown(field, one) for one in value]
    if isinstance(value, Mapping):
        return {key: shown(str(key), one) for key, one in value.items()}
    return value
