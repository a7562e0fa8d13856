"""`/api/v1/docs`."""

from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template

from api.rest import PREFIX

blueprint = Blueprint("docs", __name__, url_prefix=PREFIX, template_folder="templates")
METHODS = ("get", "post", "put", "patch", "delete")
STYLE = Path(__file__).parent / "docs.css"


@blueprint.get("/docs")
def page() -> str:
    """Every call by resource, with its parameters, bodies and answers."""
    spec = _spec()
    return render_template("api_docs.html", spec=spec, calls=_calls(spec))


@blueprint.get("/docs.css")
def style() -> Response:
    """The page's own style sheet."""
    return Response(_style(), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})


@cache
def _style() -> str:
    return STYLE.read_text(encoding="utf-8")


def _spec() -> dict[str, Any]:
    api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    spec: dict[str, Any] = api.spec.to_dict()
    return spec


def _calls(spec: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The calls by tag, in the order in which the resources were registered."""
    by_tag: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in spec.get("tags", [])}
    for path, operations in spec["paths"].items():
        shared = operations.get("parameters", [])
        for method in METHODS:
            operation = operations.get(method)
            if operation is None:
                continue
            call = {"path": path, "method": method.upper(), "parameters": [*shared, *operation.get("parameters", [])], **_bodies(operation)}
            for tag in operation.get("tags", []):
                by_tag.setdefault(tag, []).append({**call, "summary": operation.get("summary", "")})
    return by_tag


def _bodies(operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    answers = [(status, _schema(answer.get("content", {}))) for status, answer in operation["responses"].items() if status.isdigit()]
    return {"body": _schema(body), "answers": answers}


def _schema(content: dict[str, Any]) -> str:
    """The name of the schema that a content refers to, empty for none."""
    for described in content.values():
        reference: str = described.get("schema", {}).get("$ref", "")
        return reference.rpartition("/")[2]
    return ""
