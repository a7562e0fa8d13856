"""How every resource is written: a blueprint whose views take loaded arguments, answer plain values and are documented.

flask-smorest documents and routes, webargs and marshmallow load; this module only makes their errors ours
(400 for what cannot be read, 422 naming the field) and gives the decorators types for mypy.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

from flask import Request, Response, request
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from api.errors import UnsupportedMedia
from api.json import dumps, read
from engine.errors import Invalid

Field = fields.Field[Any]
View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"


class Parser(FlaskParser):
    """webargs with this product's errors."""

    def parse(self, argmap: Any, req: Request | None = None, *, location: str | None = None, **options: Any) -> Any:
        """What the schema `argmap` makes of a request's body, or of another place; a body goes the straight way."""
        if location != "json":
            return super().parse(argmap, req, location=location, **options)
        try:
            return argmap.load(self.load_json(req or request, argmap))
        except ValidationError as error:
            raise Invalid(errors=error.messages_dict) from error

    def load_json(self, req: Request, schema: Any) -> Any:
        """The body as a JSON value; an empty body is an empty object, so that each missing field is named."""
        body = req.get_data()
        if req.content_length is None and len(body) == req.max_content_length:
            raise RequestEntityTooLarge  # of a body that did not say how long it is, werkzeug reads so much and is silent about the rest
        if not body:
            return {}
        if not req.is_json:
            raise UnsupportedMedia
        return read(body)

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Turn a validation error into ours; webargs has put its messages under the name of their place."""
        merged: dict[str, Any] = {}
        for messages in error.messages_dict.values():
            merged.update(messages if isinstance(messages, Mapping) else {"_schema": messages})
        raise Invalid(errors=merged) from error


class Body(Schema):
    """The base of every request body: fields that nobody asked for are left aside."""

    class Meta:
        """marshmallow's options."""

        unknown = EXCLUDE


class Resource(Blueprint):
    """A folder's blueprint under `/api/v1`."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, import_name: str, description: str, url_prefix: str = PREFIX) -> None:
        super().__init__(name, import_name, description=description, url_prefix=url_prefix)

    def on(self, rule: str, method: str, status: int = HTTPStatus.OK, answer: type[Schema] | None = None) -> Callable[[View], View]:
        """Route a view whose plain value (or value and other status) becomes JSON; `answer` documents its shape."""
        described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if answer is not None:
            described["content"] = {"application/json": {"schema": answer}}

        def decorate(view: View) -> View:
            @wraps(view)
            def answering(*args: Any, **kwargs: Any) -> Response:
                value, sent = view(*args, **kwargs), status
                if isinstance(value, tuple):
                    value, sent = value
                return value if isinstance(value, Response) else Response(dumps(value), sent, content_type="application/json")

            documented = self.doc(responses={status: described, "default": {"$ref": "#/components/responses/DEFAULT_ERROR"}})(answering)
            routed: View = self.route(rule, methods=[method])(documented)
            return routed

        return decorate

    def shows(self, schema: type[Schema]) -> Callable[[View], View]:
        """Document a JSON body that the view reads itself."""
        decorator: Callable[[View], View] = self.doc(requestBody={"required": True, "content": {"application/json": {"schema": schema}}})
        return decorator

    def takes(self, schema: type[Schema] | Schema, location: str = "json") -> Callable[[View], View]:
        """Load the body, the query or the files into the view's next argument."""
        # one schema for all requests: making one costs more than loading a body with it, and loading changes nothing in it
        decorator: Callable[[View], View] = self.arguments(schema() if isinstance(schema, type) else schema, location=location)
        return decorator
