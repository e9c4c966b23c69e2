"""Reads what can be read of a file that is not well-formed XML, and names every broken place."""

import codecs
import re
from bisect import bisect_right

from portfolios.engine.statements.reading import (
    DEPTH_LIMIT,
    BrokenPlace,
    Document,
    Element,
    refuse_depth,
    refuse_doctype,
)
from portfolios.engine.statements.refusals import StatementError

PLACES_LIMIT = 1000
REPLACEMENT = "�"

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_PLAIN_ENCODING = re.compile(
    r"utf-?8|(us-)?ascii|iso-?8859-([1-9]|1[0345])|latin-?1|windows-125[0-8]|cp125[0-8]"
)
_NAME = re.compile(r"[A-Za-z_][\w.:-]*")
_ATTRIBUTE = re.compile(r"""\s*([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_TAG_END = re.compile(r"\s*(/?)>")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_BARE = re.compile(r"&(?!(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);)")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def read_leniently(data: bytes) -> Document:
    """The elements of `data` as far as they can be told, and a note for each place that is broken.

    Raises StatementError for a DTD and for nesting without end.
    """
    document = Document()
    scan = _Scan(decode(data, document), document)
    scan.run()
    return document


def decode(data: bytes, document: Document) -> str:
    """`data` as text. Lines that are not in the encoding that the file declares are read as Windows-1252."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _decode_lines(data[len(mark) :], name, document)
    declared = _DECLARED.match(data)
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if not _PLAIN_ENCODING.fullmatch(name):
        document.broken.append(
            BrokenPlace(1, f"the file says it is written in “{name}”, which it is not; read as UTF-8")
        )
        name = "utf-8"
    return _decode_lines(data, name, document)


def _decode_lines(data: bytes, name: str, document: Document) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        if name.startswith("utf-16"):
            document.broken.append(BrokenPlace(1, "the file is damaged: some characters are not UTF-16"))
            return data.decode(name, errors="replace")
    lines = data.split(b"\n")
    return "\n".join(_decode_line(line, count, name, document) for count, line in enumerate(lines, 1))


def _decode_line(line: bytes, count: int, name: str, document: Document) -> str:
    try:
        return line.decode(name)
    except UnicodeDecodeError:
        if len(document.broken) < PLACES_LIMIT:
            reason = f"the line is not written in {name.upper()}, as the file says; read as Windows-1252"
            document.broken.append(BrokenPlace(count, reason))
        return line.decode("cp1252", errors="replace")


class _Scan:
    """One walk over the text from tag to tag; every step moves forward, so it ends in linear time."""

    def __init__(self, text: str, document: Document) -> None:
        self.text = text
        self.document = document
        self.path: list[str] = []
        self._faults = 0
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def run(self) -> None:
        position = self.text.find("<")
        while position >= 0:
            position = self.text.find("<", self._markup(position))
        if self.path:
            inside = " inside ".join(f"<{name}>" for name in reversed(self.path))
            self._note(
                len(self.text), f"the file ends here, in the middle of {inside}; what stands before was read"
            )

    def line(self, position: int) -> int:
        return bisect_right(self._line_starts, min(position, len(self.text)))

    def _note(self, position: int, reason: str) -> None:
        if len(self.document.broken) < PLACES_LIMIT:
            self.document.broken.append(BrokenPlace(self.line(position), reason))

    def _markup(self, position: int) -> int:
        """Reads the markup that begins at `position` and gives the place after it."""
        text = self.text
        if text.startswith("<!--", position):
            return self._past("-->", position + 4, position)
        if text.startswith("<?", position):
            return self._past("?>", position + 2, position)
        if text.startswith("<![CDATA[", position):
            return self._past("]]>", position + 9, position)
        if text.startswith(("<!DOCTYPE", "<!ENTITY", "<!doctype"), position):
            raise refuse_doctype(self.line(position))
        if text.startswith("</", position):
            return self._end_tag(position)
        return self._start_tag(position)

    def _past(self, mark: str, start: int, opened: int) -> int:
        end = self.text.find(mark, start)
        if end < 0:
            self._note(opened, "what begins here never ends; nothing after it was read")
            return len(self.text)
        return end + len(mark)

    def _end_tag(self, position: int) -> int:
        match = _NAME.match(self.text, position + 2)
        if match and match.group() in self.path:
            while self.path.pop() != match.group():
                self._note(position, "an element inside this one was not closed")
            return match.end()
        self._note(position, "this closes an element that is not open")
        return position + 2

    def _start_tag(self, position: int) -> int:
        name = _NAME.match(self.text, position + 1)
        if name is None:
            self._note(position, "“<” stands here without a name")
            return position + 1
        attributes: dict[str, str] = {}
        faults: list[str] = []
        place = name.end()
        while match := _ATTRIBUTE.match(self.text, place):
            self._attribute(match, attributes, faults)
            place = match.end()
        end = _TAG_END.match(self.text, place)
        if not end:
            faults.append("the tag breaks off or holds something that is not an attribute")
        self._keep(position, name.group(), attributes, faults, closed=bool(end and end.group(1)))
        if not end:
            return self._resume(place)
        return end.end()

    def _resume(self, place: int) -> int:
        """After a broken tag: its own end when that comes before the next tag, else the next tag."""
        following = self.text.find("<", place)
        following = following if following >= 0 else len(self.text)
        end = self.text.find(">", place, following)
        if end < 0 or self.text[end - 1] == "/":
            self.path.pop()
        return end + 1 if end >= 0 else following

    def _attribute(self, match: re.Match[str], attributes: dict[str, str], faults: list[str]) -> None:
        name = match.group(1)
        value = match.group(2) if match.group(2) is not None else match.group(3)
        if name in attributes:
            faults.append(
                f"the attribute “{name}” stands twice, as “{attributes[name][:60]}” and “{value[:60]}”"
            )
            return
        if _BARE.search(value):
            self._note(match.start(1), f"“&” stands alone in the attribute “{name}”; read as it stands")
        attributes[name] = _REFERENCE.sub(_character, value)

    def _keep(
        self, position: int, name: str, attributes: dict[str, str], faults: list[str], *, closed: bool
    ) -> None:
        if len(self.path) >= DEPTH_LIMIT:
            raise refuse_depth(self.line(position))
        said = {key: value for key, value in attributes.items() if value}
        fault = "; ".join(faults)
        self._faults += bool(fault)
        if self._faults > PLACES_LIMIT:
            raise StatementError(
                f"More than {PLACES_LIMIT} places are broken, the last on line {self.line(position)}. "
                "Export the statement again and import the file unchanged.",
                "statement-broken",
            )
        self.document.elements.append(Element(self.line(position), (*self.path, name), said, fault))
        if not closed:
            self.path.append(name)


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _ENTITIES[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    try:
        text = chr(code)
        text.encode()
    except (ValueError, OverflowError):
        return REPLACEMENT
    return text if code else REPLACEMENT
