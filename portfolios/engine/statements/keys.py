"""Natural keys: the same event has the same key in whatever file it is read again."""

import hashlib
import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

IDENTIFIER_LIMIT = 36
# Rows of Interactive Brokers have one namespace, from whatever kind of file or over the API they come.
IBKR = "ibkr"
_EXECUTION = re.compile(r"([0-9a-f]{8}\.[0-9a-f]{8}\.[0-9a-f]{2})\.[0-9]{2}", re.IGNORECASE)

Part = str | Decimal | date | datetime | None


class KeyMaker:
    """Makes the natural keys of one account in one statement.

    A broker's own id is best. Without one the key is a digest of what the row says and the count of how
    often the statement has said it: two equal rows of one statement are two events, and a file that covers
    the same days counts them alike.
    """

    def __init__(self, source: str, account: str) -> None:
        self._account = _short(account)
        self._prefix = f"{source}:{self._account}"
        self._seen: Counter[str] = Counter()

    def by_id(self, section: str, identifier: str) -> str:
        """The key of an event that the broker has numbered."""
        return f"{self._prefix}:{section}:{_short(identifier)}"

    def by_execution(self, base: str) -> str:
        """The key of a fill at Interactive Brokers, by its execution without the correction suffix."""
        return f"{IBKR}:{self._account}:exec:{_short(base)}"

    def by_content(self, section: str, *parts: Part) -> str:
        """The key of an event that only its content tells from others."""
        digest = fingerprint(*parts)
        self._seen[f"{section}:{digest}"] += 1
        return f"{self._prefix}:{section}:{digest}:{self._seen[f'{section}:{digest}']}"


def execution_base(identifier: str) -> str:
    """An execution id of Interactive Brokers without its correction suffix; empty for any other text."""
    match = _EXECUTION.fullmatch(identifier.strip())
    return match[1] if match else ""


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
