"""Which files are taken: a table of kinds, each known by its first bytes and not by what its name says."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from engine.errors import Invalid


class FileRefused(Invalid):
    """不接受这种文件。 This kind of file is not accepted."""

    code = "file-refused"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its endings, its media type, and how its content begins."""

    endings: tuple[str, ...]
    media_type: str
    fits: Callable[[bytes], bool]


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(magics)


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda content: content[:4] == b"RIFF" and content[8:12] == kind


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode()
    except UnicodeDecodeError:
        return False


_OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = (
    Kind((".pdf",), "application/pdf", _starts(b"%PDF-")),
    Kind((".png",), "image/png", _starts(b"\x89PNG\r\n\x1a\n")),
    Kind((".jpg", ".jpeg"), "image/jpeg", _starts(b"\xff\xd8\xff")),
    Kind((".gif",), "image/gif", _starts(b"GIF87a", b"GIF89a")),
    Kind((".webp",), "image/webp", _riff(b"WEBP")),
    Kind((".wav",), "audio/wav", _riff(b"WAVE")),
    Kind((".mp3",), "audio/mpeg", _starts(b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    Kind((".mp4", ".m4a"), "video/mp4", lambda content: content[4:8] == b"ftyp"),
    Kind((".docx",), f"{_OFFICE}.wordprocessingml.document", _starts(b"PK\x03\x04")),
    Kind((".xlsx",), f"{_OFFICE}.spreadsheetml.sheet", _starts(b"PK\x03\x04")),
    Kind((".txt", ".csv"), "text/plain; charset=utf-8", _is_text),
)
ENDINGS = " ".join(ending for kind in KINDS for ending in kind.endings)


def kind_of(name: str, content: bytes) -> Kind:
    """The kind of a file by its name, which its content must bear out. Raises `FileRefused` naming the field."""
    ending = PurePath(name).suffix.lower()
    kind = next((kind for kind in KINDS if ending in kind.endings), None)
    if kind is None:
        raise FileRefused(errors={"file": f"只接受以下类型：{ENDINGS}。 Accepted are {ENDINGS}."})
    if not content:
        raise FileRefused(errors={"file": "文件是空的。 The file is empty."})
    if not kind.fits(content):
        raise FileRefused(errors={"file": f"文件内容不是 {ending}。 The content is not what {ending} says."})
    return kind
