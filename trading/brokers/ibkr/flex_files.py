"""Long ranges of days in parts that the Flex service makes, and the parts put together again."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from xml.parsers import expat

from trading.brokers.ibkr.flex_answers import FlexUnreadable

# The most that one statement spans.
MOST_DAYS = 365
FRAME_TAG = "FlexStatement"
_TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def day_ranges(first: date, last: date) -> list[tuple[date, date]]:
    """The days from `first` to `last` in parts of at most 365, oldest first; none when they are reversed."""
    ranges = []
    while first <= last:
        end = min(first + timedelta(days=MOST_DAYS - 1), last)
        ranges.append((first, end))
        first = end + timedelta(days=1)
    return ranges


def files_join(files: Sequence[bytes]) -> bytes:
    """One file with the statements of all `files`, which stand in it as they came, byte for byte.

    A file alone is left as it is. Raises FlexUnreadable for a file that is not well formed, that defines a
    document type, or that is written in other letters than UTF-8.
    """
    if len(files) == 1:
        return files[0]
    statements = [statement for file in files for statement in _statements(file)]
    head = f'<FlexQueryResponse queryName="joined" type="AF"><FlexStatements count="{len(statements)}">'
    tail = b"</FlexStatements></FlexQueryResponse>"
    return b"\n".join((b'<?xml version="1.0" encoding="UTF-8"?>', head.encode(), *statements, tail))


def _statements(file: bytes) -> list[bytes]:
    declared = _DECLARED.match(file)
    if declared and declared.group(1).lower() not in (b"utf-8", b"us-ascii"):
        raise FlexUnreadable("a part of the statement is not written in UTF-8")
    places = _Places(file)
    try:
        places.parser.Parse(file, True)
    except (expat.ExpatError, LookupError, ValueError):
        raise FlexUnreadable("a part of the statement is not well formed") from None
    return places.found


class _Places:
    """The expat parser with the handlers that cut the statements out of a file."""

    def __init__(self, file: bytes) -> None:
        self.found: list[bytes] = []
        self._file = file
        self._begin = 0
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _start(self, name: str, _: dict[str, str]) -> None:
        if name == FRAME_TAG:
            self._begin = self.parser.CurrentByteIndex

    def _end(self, name: str) -> None:
        if name != FRAME_TAG:
            return
        end = _tag_end(self._file, self._begin)
        # An element with content ends with the tag at which the parser stands.
        if not self._file.endswith(b"/>", self._begin, end):
            end = _tag_end(self._file, self.parser.CurrentByteIndex)
        self.found.append(self._file[self._begin : end])

    def _refuse(self, *_: object) -> None:
        raise FlexUnreadable("a part of the statement defines a document type, which none needs")


def _tag_end(file: bytes, place: int) -> int:
    """Where the tag at `place` ends; a “>” inside of quotes is not its end."""
    tag = _TAG.match(file, place)
    return tag.end() if tag else place
