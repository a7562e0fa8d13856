"""`POST /files`, `GET /files/{id}`."""

from io import BytesIO
from typing import Any

from flask import Response, send_file

from api.auth import guard
from api.files import services
from api.files.schemas import FileInfo, UploadedFile
from api.idempotency.http import create
from api.product import product
from api.rest import Resource
from engine.errors import NotFound
from engine.runtime.work import Work
from processes.cases import access

resource = Resource("files", __name__, "附件。 Attachments, by right.")


@resource.on("/files", "POST", 201, FileInfo)
@resource.takes(UploadedFile, "files")
def upload(parts: dict[str, Any]) -> Any:
    """Keep a file for a form that names it; it is its uploader's alone until then."""
    who, file = guard.actor(), parts["file"]
    content, limit = file.read(), product().settings.file_limit_mb

    def keep(work: Work) -> dict[str, Any]:
        kept = services.keep(work.session, file.filename or "", content, limit, who, work.now)
        return {"id": kept.id, "name": kept.name, "media_type": kept.media_type, "size": kept.size, "sha256": kept.digest}

    return create(who, keep, content=content)


@resource.on("/files/<file_id>", "GET")
def download(file_id: str) -> Response:
    """The file, always as a download."""
    who, engine = guard.actor(), product().engine
    with engine.read() as session:
        found = services.find(session, file_id)
        case_no, uploader = found.case_no, found.uploaded_by
    if case_no is not None:
        access.check(engine, who, case_no)
    elif uploader != who.id:
        # A file of nobody's case is nobody else's business, not even that it exists.
        raise NotFound("没有这个附件。 There is no such attachment.")
    with engine.read() as session:
        file = services.open_file(session, file_id)
    kind = file.media_type.partition(";")[0]
    return send_file(BytesIO(file.content), kind, as_attachment=True, download_name=file.name, etag=False)
