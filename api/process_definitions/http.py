"""`/process-definitions`."""

from typing import Any

from flask import Response
from werkzeug.exceptions import RequestEntityTooLarge

from api.auth import guard, rights
from api.errors import problem
from api.idempotency.http import create
from api.process_definitions import schemas, uploads
from api.product import product
from api.rest import Resource
from engine.definitions import queries, services
from engine.definitions.files import SourceFile
from engine.definitions.models import FORM, Definition
from engine.definitions.services import Deployment
from engine.errors import Invalid
from engine.runtime.work import Work

resource = Resource("process-definitions", __name__, "流程定义。 Diagrams, decision tables, forms and their versions.")
NO_FILES = "请上传至少一个名为 files 的文件（multipart/form-data）。 Send at least one multipart part named files."


@resource.on("/process-definitions", "POST", 201, schemas.Deployment)
@resource.takes(schemas.DeployQuery, "query")
def deploy(query: dict[str, Any]) -> Any:
    """Check the parts named `files` (BPMN, DMN, form JSON) and keep them as drafts; with `dry_run=1` only check."""
    uploads.make_room()
    try:
        who, at_hand = guard.require(*rights.DEPLOY), product()
        files = _files()
    except RequestEntityTooLarge:
        return _refused(Deployment((), (uploads.TOO_MUCH,)))
    with at_hand.engine.read() as session:
        foreseen = services.deploy(session, files, who.id, catalogue=at_hand.catalogue, dry_run=True)
    if foreseen.refused:
        return _refused(foreseen)
    if query["dry_run"]:
        return _shown(foreseen), 200

    def keep(work: Work) -> dict[str, Any]:
        return _shown(services.deploy(work.session, files, who.id, catalogue=at_hand.catalogue))

    return create(who, keep, content=b"\0".join(file.content for file in files))


@resource.on("/process-definitions", "GET", answer=schemas.Definitions)
@resource.takes(schemas.ListQuery, "query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Every version of everything, by key and newest first."""
    guard.actor()
    with product().engine.read() as session:
        return {"items": [_version(one) for one in queries.all_versions(session, query.get("kind"))], "next": None}


@resource.on("/process-definitions/<key>", "GET", answer=schemas.Definitions)
def versions(key: str) -> dict[str, Any]:
    """The versions of one key, newest first."""
    guard.actor()
    with product().engine.read() as session:
        return {"items": [_version(one) for one in queries.versions(session, key)], "next": None}


@resource.on("/process-definitions/<key>/versions/<int:number>", "GET", answer=schemas.Definition)
def version(key: str, number: int) -> dict[str, Any]:
    """One version."""
    guard.actor()
    with product().engine.read() as session:
        return _version(queries.version(session, key, number))


@resource.on("/process-definitions/<key>/versions/<int:number>/xml", "GET")
def content(key: str, number: int) -> Response:
    """The file of a version as it was uploaded: XML, or JSON for a form."""
    guard.actor()
    with product().engine.read() as session:
        found = queries.version(session, key, number)
        media_type = "application/json" if found.kind == FORM else "application/xml"
        return Response(queries.content(session, found), content_type=media_type)


@resource.on("/process-definitions/<key>/versions/<int:number>/publish", "POST", answer=schemas.Definition)
def publish(key: str, number: int) -> dict[str, Any]:
    """Publish a draft; what it refers to and came with it goes along. Its author cannot."""
    who = guard.require(*rights.DEPLOY)

    def command(work: Work) -> dict[str, Any]:
        services.publish(work.session, key, number, who.id)
        return _version(queries.version(work.session, key, number))

    return product().engine.transact(who, command)


@resource.on("/process-definitions/<key>/versions/<int:number>/retire", "POST", answer=schemas.Definition)
def retire(key: str, number: int) -> dict[str, Any]:
    """Retire a published version; running instances stay as they are."""
    who = guard.require(*rights.DEPLOY)
    return product().engine.transact(who, lambda work: _version(services.retire(work.session, key, number, who.id)))


def _files() -> list[SourceFile]:
    files = uploads.received()
    if not files:
        raise Invalid(errors={"files": NO_FILES})
    return files


def _refused(deployment: Deployment) -> Response:
    detail = "文件未通过检查，请按 findings 逐条修改。 The files did not pass the check; see each of the findings."
    return problem(422, "definition-refused", detail, **_shown(deployment))


def _shown(deployment: Deployment) -> dict[str, Any]:
    deployed = [
        {"key": one.key, "version": one.version, "kind": one.kind, "name": one.name, "status": one.status, "new": one.new}
        for one in deployment.definitions
    ]
    return {"definitions": deployed, "findings": [finding.as_dict() for finding in deployment.findings]}


def _version(one: Definition) -> dict[str, Any]:
    return {
        "key": one.key,
        "version": one.version,
        "kind": one.kind,
        "name": one.name,
        "status": one.status,
        "file": one.file_name,
        "digest": one.digest,
        "author": one.author,
        "approver": one.approver,
        "created_at": one.created_at,
        "checked_at": one.checked_at,
        "simulated_at": one.simulated_at,
        "published_at": one.published_at,
        "warnings": one.warnings,
    }
