"""Reads the elements of an untrusted XML file in order: no entities, no DTD, bounded depth and size."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from portfolios.engine.statements.refusals import StatementError

SIZE_LIMIT = 100_000_000
DEPTH_LIMIT = 32
CHUNK = 1 << 18

Progress = Callable[[int], None]


@dataclass(slots=True)
class Element:
    """A start tag: the line on which it begins, the names around it, and its attributes that say something.

    `broken` says why the element cannot be trusted; empty when it is well formed.
    """

    line: int
    path: tuple[str, ...]
    attributes: dict[str, str]
    broken: str = ""

    @property
    def tag(self) -> str:
        """The name of the element."""
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class BrokenPlace:
    """A place of the file that is not XML, and what was made of it."""

    line: int
    reason: str


@dataclass(slots=True)
class Document:
    """The elements of a file in order, and the places that are broken."""

    elements: list[Element] = field(default_factory=list)
    broken: list[BrokenPlace] = field(default_factory=list)


class MalformedError(Exception):
    """The strict pass met something that is not XML; the recovering pass says what and where."""


def load(source: bytes | BinaryIO, limit: int = SIZE_LIMIT) -> bytes:
    """The bytes of `source`. Raises StatementError, before parsing, for `limit` bytes or more, or none."""
    data = source if isinstance(source, bytes) else source.read(limit)
    if len(data) >= limit:
        raise StatementError(
            f"This file is too large: statements must be smaller than {limit // 1_000_000} MB. "
            "Export a shorter period and import the parts one after the other.",
            "statement-too-large",
        )
    if not data.strip():
        raise StatementError("This file is empty. Export the statement again.", "statement-empty")
    return data


def read_strictly(data: bytes, progress: Progress | None = None) -> Document:
    """The elements of well-formed XML. Raises MalformedError, or StatementError for what is never read."""
    pass_ = _StrictPass()
    try:
        for start in range(0, len(data), CHUNK):
            pass_.parser.Parse(data[start : start + CHUNK], False)
            if progress:
                progress(min(100, (start + CHUNK) * 100 // len(data)))
        pass_.parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as problem:
        raise MalformedError(str(problem)) from None
    return pass_.document


def refuse_doctype(line: int) -> StatementError:
    """The refusal of a file with a DTD: it could define entities that grow or read other files."""
    return StatementError(
        f"Line {line} defines a document type or entities, which no statement needs and this reader refuses. "
        "Export the statement again and import the file unchanged.",
        "statement-unsafe",
    )


def refuse_depth(line: int) -> StatementError:
    """The refusal of elements inside elements without end."""
    return StatementError(
        f"Line {line} nests elements more than {DEPTH_LIMIT} deep, which no statement does. "
        "Export the statement again and import the file unchanged.",
        "statement-unsafe",
    )


class _StrictPass:
    """The expat parser with the handlers that gather elements."""

    def __init__(self) -> None:
        self.document = Document()
        self._path: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > DEPTH_LIMIT:
            raise refuse_depth(self.parser.CurrentLineNumber)
        said = {key: value for key, value in attributes.items() if value}
        self.document.elements.append(Element(self.parser.CurrentLineNumber, tuple(self._path), said))

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _doctype(self, *_: object) -> None:
        raise refuse_doctype(self.parser.CurrentLineNumber)
