"""The names that brokers give to the columns of a 1099-B export, and which box each of them means."""

import re
from collections.abc import Sequence

# Whole headers, in small letters, without signs.
HEADERS: dict[str, tuple[str, ...]] = {
    "account": ("account", "account number", "account no", "account name"),
    "symbol": ("symbol", "ticker", "ticker symbol", "security symbol", "symbol ticker", "stock symbol"),
    "cusip": ("cusip", "cusip number", "cusip no", "security cusip"),
    "description": (
        "description", "description of property", "security", "security description", "security name",
        "property description", "name", "issue description",
    ),
    "quantity": (
        "quantity", "qty", "shares", "quantity sold", "shares sold", "number of shares", "units",
        "amount sold",
    ),
    "acquired": (
        "date acquired", "acquired", "acquired date", "acquisition date", "open date", "opened date",
        "date opened", "purchase date", "date purchased", "buy date", "trade open date", "opening date",
    ),
    "sold": (
        "date sold", "sold", "sold date", "sale date", "date of sale", "date sold or disposed",
        "date sold or disposed of", "date of sale or exchange", "closed date", "close date", "closing date",
        "sell date", "disposal date", "date disposed", "date closed", "sale or exchange date",
    ),
    "proceeds": (
        "proceeds", "gross proceeds", "sales proceeds", "sale proceeds", "sales price", "net proceeds",
        "total proceeds", "proceeds gross", "proceeds net",
    ),
    "basis": (
        "cost or other basis", "cost basis", "basis", "cost", "adjusted cost basis", "adjusted cost",
        "adjusted basis", "total cost", "cost basis cb", "tax cost", "purchase price",
    ),
    "disallowed": (
        "wash sale loss disallowed", "wash sale disallowed", "disallowed loss", "wash sale",
        "wash sale adjustment",
        "wash sale amount disallowed", "loss disallowed", "wash sale disallowed loss",
        "disallowed wash sale loss",
        "wash sale loss", "wash sales", "wash sale loss disallowed amount",
    ),
    "adjustment": ("adjustment amount", "amount of adjustment", "adjustment", "adjustments"),
    "code": ("adjustment code", "adjustment codes", "codes", "code", "code s", "form 8949 code"),
    "term": (
        "term", "type of gain loss", "type of gain or loss", "holding period", "long short", "short long",
        "gain type", "long term short term", "short term long term", "st lt", "lt st", "gain loss type",
    ),
    "reported": (
        "basis reported to irs", "reported to irs", "cost basis reported to irs", "basis reported",
        "is basis reported to irs", "covered", "covered security", "check if basis reported to irs",
    ),
    "noncovered": ("noncovered securities", "noncovered", "noncovered security", "non covered security"),
    "category": (
        "reporting category", "form 8949 checkbox", "8949 box", "form 8949 box", "box",
        "applicable checkbox on form 8949", "applicable check box on form 8949",
        "form 8949 reporting category",
    ),
}  # fmt: skip
BOXES = {
    "1a": "description",
    "1b": "acquired",
    "1c": "sold",
    "1d": "proceeds",
    "1e": "basis",
    "1g": "disallowed",
    "2": "term",
    "5": "noncovered",
    "12": "reported",
}
NEEDED = ("sold", "proceeds")
NAMES = ("symbol", "cusip", "description")

_FIELDS = {header: field for field, headers in HEADERS.items() for header in headers}
_LETTERED = re.compile(r"\b(1[a-g])\b")
_NUMBERED = re.compile(r"^box (\d{1,2})\b")


def columns_of(headers: Sequence[str]) -> dict[str, int]:
    """Which column holds which field; where two headers mean the same, the first one does.

    A header by its exact name goes before one that only names the box.
    """
    found: dict[str, int] = {}
    for read in (_by_name, _by_box):
        for place, header in enumerate(headers):
            field = read(folded(header))
            if field and field not in found and place not in found.values():
                found[field] = place
    return found


def is_header(columns: dict[str, int]) -> bool:
    """Whether these columns make a table of sales: a day, proceeds and some name of what was sold."""
    return all(field in columns for field in NEEDED) and any(field in columns for field in NAMES)


def folded(text: str) -> str:
    """`text` in small letters with single spaces and no signs."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.casefold()).split())


def _by_name(header: str) -> str:
    return _FIELDS.get(header, "")


def _by_box(header: str) -> str:
    """The field of a header such as “1d Proceeds”, “Box 1g” or “Box 12: Basis reported”."""
    lettered, numbered = _LETTERED.search(header), _NUMBERED.match(header)
    box = lettered[1] if lettered else numbered[1] if numbered else ""
    return BOXES.get(box, "")
