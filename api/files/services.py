"""Keeping attachments, attaching them to cases, giving them back to those who may see them."""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from api.files.kinds import FileRefused, kind_of
from api.files.models import Attachment
from engine import crypto
from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.instances.models import Instance

PREFIX = "att"
LONGEST_NAME = 200
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Characters that no name is given: a line's end breaks the header of a download, a turned direction hides what a file is."""
NO_UPLOAD = "没有这个附件，或不是您上传的。 There is no such attachment, or it is not one of yours."


@dataclass(frozen=True, slots=True)
class Download:
    """An attachment with its clear content."""

    name: str
    media_type: str
    content: bytes


def keep(session: Session, name: str, content: bytes, limit_mb: int, uploader: Actor, now: datetime) -> Attachment:
    """Store an upload for its uploader. Raises `FileRefused` for a kind or size that is not taken."""
    shown = "".join(character for character in name if unicodedata.category(character) not in UNSEEN)
    plain = PurePath(shown.replace("\\", "/")).name.strip()[-LONGEST_NAME:]
    if len(content) > limit_mb << 20:
        raise FileRefused(errors={"file": f"文件不能超过 {limit_mb} MB。 A file may have {limit_mb} MB at most."})
    kind = kind_of(plain, content)
    attachment = Attachment(
        id=f"{PREFIX}{secrets.token_hex(12)}",
        name=plain,
        media_type=kind.media_type,
        size=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        uploaded_by=uploader.id,
        uploaded_at=now,
        content=crypto.current().seal(content),
    )
    session.add(attachment)
    return attachment


def attach(session: Session, instance_id: int, named: Mapping[str, Iterable[str]], uploader: Actor) -> None:
    """Let the uploads that a form's fields name belong to the instance's case: the uploader's own, and only once.

    A field may name again what the case has already. Raises `Invalid` naming the fields that name anything else.
    """
    ids = {field: set(given) for field, given in named.items()}
    wanted = sorted(set().union(*ids.values()))
    if not wanted:
        return
    case_no = session.scalar(select(Instance.business_key).where(Instance.id == instance_id))
    free = (Attachment.uploaded_by == uploader.id) & Attachment.case_no.is_(None)
    usable = (Attachment.id.in_(wanted), free | (Attachment.case_no == case_no))
    known = set(session.scalars(select(Attachment.id).where(*usable)))
    if wrong := [field for field, given in ids.items() if given - known]:
        raise Invalid(errors=dict.fromkeys(wrong, NO_UPLOAD))
    session.execute(update(Attachment).where(*usable).values(case_no=case_no))


def find(session: Session, file_id: str) -> Attachment:
    """What is known of an attachment, without its content. Raises `NotFound`."""
    found = session.get(Attachment, file_id)
    if found is None:
        raise NotFound("没有这个附件。 There is no such attachment.")
    return found


def open_file(session: Session, file_id: str) -> Download:
    """An attachment with its content. Raises `NotFound`."""
    found = session.get(Attachment, file_id, options=[undefer(Attachment.content)])
    if found is None:
        raise NotFound("没有这个附件。 There is no such attachment.")
    return Download(found.name, found.media_type, crypto.current().open(found.content))
