"""What is sent to be checked and kept: how much of it is looked at, and its files, for the API and the page alike."""

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from engine.definitions.files import SourceFile
from engine.lint.findings import ERROR, Finding

MOST_BYTES, MOST_PARTS = 64 << 20, 1_000
"""An upload may be this large to be looked at; each file's own limit is the linter's."""
PARTS_READ = 10_000
"""Werkzeug leaves what it has read open where it stops at its own limit, so ours is counted before that."""
TOO_MUCH = Finding(
    file="*",
    element_id=None,
    rule="too-large",
    severity=ERROR,
    message=f"一次上传超过 {MOST_BYTES >> 20} MB 或 {MOST_PARTS} 个文件。",
    message_en=f"The upload has over {MOST_BYTES >> 20} MB or {MOST_PARTS} parts.",
    remedy="请分几次上传。",
    remedy_en="Upload the files in several turns.",
)


def make_room() -> None:
    """Let the present request be as large as an upload may be; before anything of it is read, its CSRF token included."""
    request.max_content_length = MOST_BYTES
    request.max_form_memory_size = MOST_BYTES
    request.max_form_parts = PARTS_READ


def received() -> list[SourceFile]:
    """The parts named `files`, uploaded or written out; a file field that was left empty is none.

    Raises `RequestEntityTooLarge`, for which `TOO_MUCH` is the finding.
    """
    uploaded, written = request.files.getlist("files"), request.form.getlist("files")
    if len(uploaded) + len(written) > MOST_PARTS:
        raise RequestEntityTooLarge
    files = [SourceFile(part.filename or f"file-{number}", part.read()) for number, part in enumerate(uploaded, 1)]
    files = [file for file, part in zip(files, uploaded, strict=True) if part.filename or file.content]
    return files + [SourceFile(f"text-{number}", text.encode()) for number, text in enumerate(written, 1)]
