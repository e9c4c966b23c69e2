"""Natural keys: the same event has the same key in whatever file it is read again."""

import hashlib
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

IDENTIFIER_LIMIT = 36

Part = str | Decimal | date | datetime | None


class KeyMaker:
    """Makes the natural keys of one account in one statement.

    A broker's own id is best. Without one the key is a digest of what the row says and the count of how
    often the statement has said it: two equal rows of one statement are two events, and a file that covers
    the same days counts them alike.
    """

    def __init__(self, source: str, account: str) -> None:
        self._prefix = f"{source}:{_short(account)}"
        self._seen: Counter[str] = Counter()

    def by_id(self, section: str, identifier: str) -> str:
        """The key of an event that the broker has numbered."""
        return f"{self._prefix}:{section}:{_short(identifier)}"

    def by_content(self, section: str, *parts: Part) -> str:
        """The key of an event that only its content tells from others."""
        digest = fingerprint(*parts)
        self._seen[f"{section}:{digest}"] += 1
        return f"{self._prefix}:{section}:{digest}:{self._seen[f'{section}:{digest}']}"


def _short(text: str) -> str:
    """`text`, or its digest when it is longer than any broker's identifier: keys have at most 120 signs."""
    return text if len(text) <= IDENTIFIER_LIMIT else fingerprint(text)


def fingerprint(*parts: Part) -> str:
    """A digest of `parts` that does not change with trailing zeros, spaces or capitals."""
    return hashlib.sha256("\x1f".join(map(_plain, parts)).encode()).hexdigest()[:32]


def _plain(part: Part) -> str:
    if part is None:
        return ""
    if isinstance(part, Decimal):
        return format(part.normalize(), "f") if part else "0"
    if isinstance(part, date):
        return part.isoformat()
    return " ".join(part.split()).casefold()
