"""The marshmallow field of every form type: what a JSON answer must be, and how it is kept."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError
from marshmallow.fields import Field

from forms import messages
from forms.messages import Message
from forms.moments import read_date, read_moment
from forms.phones import normalise, tidy
from forms.schema import Component

MOST_FILES = 50
LONGEST_VALUE = 500
_UNKEPT = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")
"""Control characters and lone surrogates: the databases refuse some of them, JSON others."""
_BREAKS = re.compile(r"\s*[\r\n]+\s*")


class Answer(Field[Any]):
    """One answer. An empty one is None, and is refused when the component requires it."""

    def __init__(self, component: Component) -> None:
        super().__init__(allow_none=True, load_default=None)
        self.component = component
        self.rules = component.rules

    def deserialize(self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Tidy and check one answer."""
        clean = None if value is None else self.clean(value)
        if clean is None or clean in ("", []):
            if self.rules.required:
                raise ValidationError(messages.REQUIRED)
            return [] if clean == [] else None
        return clean

    def clean(self, value: Any) -> Any:
        """The answer as it is kept; it may be empty. Raises `ValidationError`."""
        raise NotImplementedError


class Text(Answer):
    """Free text; a text field keeps one line, both lose outer blanks."""

    def __init__(self, component: Component) -> None:
        super().__init__(component)
        self._pattern = re.compile(component.rules.pattern) if component.rules.pattern else None

    def clean(self, value: Any) -> str:
        """Check characters, length and pattern."""
        text = _text(value).strip()
        if self.component.type == "textfield":
            text = _BREAKS.sub(" ", text)
        if text:
            _within(len(text), self.rules.min_length, self.rules.max_length, messages.too_short, messages.too_long)
            if self._pattern and not self._pattern.fullmatch(text):
                raise ValidationError(messages.PATTERN)
        return text


class Phone(Text):
    """A telephone number, kept as it was written in plain characters."""

    def clean(self, value: Any) -> str:
        """Check that somebody could be called there."""
        text = super().clean(tidy(_text(value)))
        if text and normalise(text) is None:
            raise ValidationError(messages.NOT_PHONE)
        return text


class Number(Answer):
    """A number; whole ones are kept as integers."""

    def clean(self, value: Any) -> int | float:
        """Check kind and range."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 2**53:
            raise ValidationError(messages.NOT_NUMBER)
        number = int(value) if value == int(value) else value
        if self.component.whole and not isinstance(number, int):
            raise ValidationError(messages.NOT_WHOLE)
        _within(number, self.rules.least, self.rules.most, messages.too_small, messages.too_large)
        return number


class Checkbox(Answer):
    """Yes or no; a required one must be answered, not affirmed."""

    def clean(self, value: Any) -> bool:
        """Check the kind."""
        if not isinstance(value, bool):
            raise ValidationError(messages.NOT_BOOLEAN)
        return value


class Single(Answer):
    """One value out of a list; whether it stands in the list is checked afterwards, since lists differ from task to task."""

    def clean(self, value: Any) -> Any:
        """Check the kind."""
        return _scalar(value)


class Several(Answer):
    """Some values out of a list."""

    def clean(self, value: Any) -> list[Any]:
        """Check the kind, the number and that none is repeated."""
        if not isinstance(value, list):
            raise ValidationError(messages.NOT_LIST)
        values = [_scalar(item) for item in value]
        if len({(type(item), item) for item in values}) != len(values):
            raise ValidationError(messages.REPEATED)
        if values:
            _within(len(values), self.rules.min_length, self.rules.max_length, messages.too_few, messages.too_many)
        return values


class Moment(Answer):
    """A date and time with its offset, or a plain day where the subtype says so; kept as ISO 8601 text."""

    def clean(self, value: Any) -> str:
        """Check the form."""
        text = _text(value).strip()
        if not text:
            return ""
        if self.component.subtype == "date":
            day = read_date(text)
            if day is None:
                raise ValidationError(messages.NOT_DATE)
            return day.isoformat()
        moment = read_moment(text)
        if moment is None:
            raise ValidationError(messages.NOT_MOMENT)
        return moment.isoformat()


class Files(Answer):
    """Ids of uploaded attachments; one id alone is a list of one."""

    def clean(self, value: Any) -> list[str]:
        """Check the ids' form; that they exist is for whoever keeps the files."""
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or len(values) > MOST_FILES:
            raise ValidationError(messages.NOT_FILES)
        if not all(isinstance(item, str) and 0 < len(item) <= 64 and item.isascii() and item.isprintable() for item in values):
            raise ValidationError(messages.NOT_FILES)
        return list(dict.fromkeys(values))


class Place(Answer):
    """A point on the map: `{"lat": 34.33, "lng": 108.71}`, degrees of WGS 84."""

    def clean(self, value: Any) -> dict[str, float]:
        """Check both degrees."""
        if not isinstance(value, Mapping) or set(value) != {"lat", "lng"}:
            raise ValidationError(messages.NOT_PLACE)
        for key, limit in (("lat", 90), ("lng", 180)):
            degrees = value[key]
            if isinstance(degrees, bool) or not isinstance(degrees, int | float) or not abs(degrees) <= limit:
                raise ValidationError(messages.NOT_PLACE)
        return {"lat": float(value["lat"]), "lng": float(value["lng"])}


KINDS: Mapping[str, type[Answer]] = {
    "textfield": Text,
    "textarea": Text,
    "number": Number,
    "checkbox": Checkbox,
    "radio": Single,
    "select": Single,
    "checklist": Several,
    "taglist": Several,
    "datetime": Moment,
    "file": Files,
    "geo": Place,
}


def field_of(component: Component) -> Answer:
    """The field that checks a component's answer."""
    return Phone(component) if component.is_phone else KINDS[component.type](component)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValidationError(messages.NOT_TEXT)
    if _UNKEPT.search(value):
        raise ValidationError(messages.BAD_CHARACTER)
    return value


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float) or (isinstance(value, str) and len(value) > LONGEST_VALUE):
        raise ValidationError(messages.NOT_CHOICE)
    return value


def _within(size: float, least: float | None, most: float | None, below: Any, above: Any) -> None:
    message: Message | None = None
    if least is not None and size < least:
        message = below(least)
    elif most is not None and size > most:
        message = above(most)
    if message is not None:
        raise ValidationError(message)
