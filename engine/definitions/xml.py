"""Safe XML: whatever bytes come in, a tree comes out or a refusal that a person can read (decision 11 of `engine.md`)."""

import re

from lxml import etree

from engine.errors import BihuanError

MAX_BYTES = 2_000_000
MAX_ELEMENTS = 20_000
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
DMN_NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)

# libxml2 knows encodings in which a DOCTYPE cannot be seen (UTF-7, EBCDIC); a file is read by us in one of these
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "windows-1252": "windows-1252",
    "big5": "big5",
    # files that say GB2312 often hold characters of its successors
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
}
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_UNMARKED = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


class XmlRefused(BihuanError):
    """不是可用的 XML 文件。 This is no XML file that can be used."""

    code = "xml"

    def __init__(self, rule: str, message: str, message_en: str) -> None:
        self.rule, self.chinese, self.english = rule, message, message_en
        super().__init__(f"{message} {message_en}", rule=rule)


def parse_safely(content: bytes) -> etree._Element:
    """The root element of an XML file, without comments and processing instructions.

    Entities, DTDs and the network are off, and so is a DOCTYPE. Raises `XmlRefused`.
    """
    if len(content) > MAX_BYTES:
        raise XmlRefused("too-large", f"文件超过 {MAX_BYTES // 1_000_000} MB。", f"The file is over {MAX_BYTES // 1_000_000} MB.")
    if not content.strip():
        raise XmlRefused("empty", "文件是空的。", "The file is empty.")
    text = decode(content)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise XmlRefused("doctype", "不接受 DOCTYPE 和实体声明。", "A DOCTYPE or an entity declaration is not accepted.")
    # the text is UTF-8 from here on, whatever its first line declares
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused("not-xml", f"不是合法的 XML（{error}）。", f"It is not well-formed XML ({error}).") from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs lack it
        raise XmlRefused("doctype", "不接受 DOCTYPE。", "A DOCTYPE is not accepted.")
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise XmlRefused("too-large", f"文件超过 {MAX_ELEMENTS} 个元素。", f"The file has over {MAX_ELEMENTS} elements.")
    return root


def decode(content: bytes) -> str:
    """The text of an XML file, in the encoding that its first bytes or its declaration name. Raises `XmlRefused`."""
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    encoding = encoding or _UNMARKED.get(content[:2])
    if encoding is None:
        declared = _DECLARED.match(content)
        encoding = declared.group(1).decode().lower() if declared else "utf-8"
        if encoding not in ENCODINGS:
            raise XmlRefused("encoding", f"不支持编码 {encoding}，请存为 UTF-8。", f"{encoding} is not supported; save as UTF-8.")
        encoding = ENCODINGS[encoding]
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise XmlRefused(
            "encoding", f"文件不是 {encoding} 编码的文本，请存为 UTF-8。", f"The file is no text in {encoding}; save as UTF-8."
        ) from error


def local_name(element: etree._Element) -> str:
    """An element's tag without its namespace."""
    return etree.QName(element).localname


def namespace(element: etree._Element) -> str:
    """An element's namespace, empty when it has none."""
    return etree.QName(element).namespace or ""
