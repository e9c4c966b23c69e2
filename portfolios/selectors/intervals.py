"""The intervals that pages and the API offer, as days."""

from dataclasses import dataclass
from datetime import date, timedelta

from common.dates import add_months

# key -> what a sentence calls it
WORDS = {
    "1d": "in one day",
    "1w": "in one week",
    "1m": "in one month",
    "3m": "in three months",
    "ytd": "this year",
    "1y": "in one year",
    "all": "since the first entry",
}
DEFAULT = "ytd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An interval by its key; `first` is None when it starts with the book, `last` its last valued day."""

    key: str
    first: date | None
    last: date

    @property
    def words(self) -> str:
        """The interval inside a sentence."""
        return WORDS[self.key]


def span_of(key: str | None, last: date) -> Span:
    """The interval called `key` that ends on `last`; an unknown key means this year to date."""
    name = (key or DEFAULT).lower()
    if name not in WORDS:
        name = DEFAULT
    first = {
        "1d": last,
        "1w": last - timedelta(days=6),
        "1m": add_months(last, -1) + timedelta(days=1),
        "3m": add_months(last, -3) + timedelta(days=1),
        "ytd": date(last.year, 1, 1),
        "1y": add_months(last, -12) + timedelta(days=1),
        "all": None,
    }[name]
    return Span(key=name, first=first, last=last)
