"""Telling what kind of file was handed in, from its first bytes."""

from enum import StrEnum

from common.errors import InvalidInput, TooLarge

LARGEST_FILE = 100 * 1024 * 1024
# How much of a file is needed to tell its kind.
HEAD = 512


class FileKind(StrEnum):
    """The kinds of file that can be read; the value is the source named in the ledger."""

    FLEX = "flex"
    CSV = "csv"


# What people hand in by mistake, by the bytes it begins with, and what to do instead.
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive: save the sheet as CSV, or unpack the archive first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save the sheet as CSV"),
    (b"%PDF", "a PDF: download the statement as XML (Flex Query) or CSV instead"),
    (b"\x1f\x8b", "a compressed file: unpack it first"),
    (b"\x89PNG", "a picture: download the statement as XML (Flex Query) or CSV instead"),
    (b"\xff\xd8\xff", "a picture: download the statement as XML (Flex Query) or CSV instead"),
)


def file_kind(head: bytes) -> FileKind:
    """What the file is that begins with `head` (a few hundred bytes suffice).

    Raises InvalidInput, naming what to do, when it is empty or of a kind that cannot be read.
    """
    for magic, words in _FOREIGN:
        if head.startswith(magic):
            raise _refusal(f"This is {words}.")
    # The byte order marks of UTF-8 and UTF-16; the zero bytes of UTF-16 fall out with the white space.
    text = head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    text = text.replace(b"\x00", b"").lstrip()
    if not text:
        raise _refusal("This file is empty.")
    if (text[:9].lower() == b"<!doctype" and b"html" in text[:40].lower()) or text[:5].lower() == b"<html":
        raise _refusal("This is a web page, perhaps a sign-in page of the broker: download the file again.")
    return FileKind.FLEX if text.startswith(b"<") else FileKind.CSV


def check_size(size: int) -> None:
    """Raises TooLarge when a file of `size` bytes is larger than is read."""
    if size > LARGEST_FILE:
        megabytes = size / (1024 * 1024)
        sentence = (
            f"This file has {megabytes:.0f} MB; files up to {LARGEST_FILE // (1024 * 1024)} MB are read. "
            "Split the statement into shorter periods."
        )
        raise TooLarge(detail=sentence, code="unreadable-file", fields={"file": [sentence]})


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(detail=sentence, code="unreadable-file", fields={"file": [sentence]})
