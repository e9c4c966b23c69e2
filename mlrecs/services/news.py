"""News taken in: from a file or a feed, each piece once, its tone read by the dictionary as it arrives."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from common.transactions import write_transaction
from mlrecs.engine.news_files import (
    LONGEST_BODY,
    LONGEST_HEADLINE,
    LONGEST_ID,
    LONGEST_LINK,
    LONGEST_SOURCE,
    WrongRow,
    read_news_file,
)
from mlrecs.engine.sentiment import first_day
from mlrecs.models import NewsItem
from mlrecs.selectors.sentiment import symbols_held
from mlrecs.services.tone import text_of, words_reader
from trading.engine.news import NewsTold
from trading.services.news import news_fetch

# News older than this is of no use to the pages, and is not asked for.
BACK = timedelta(days=3)
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsTaken:
    """How many pieces were new, how many were there already, and what is wrong with the rest."""

    new: int
    known: int
    wrong: tuple[WrongRow, ...] = ()
    failures: tuple[str, ...] = ()


def news_import(*, data: bytes, source: str, now: datetime) -> NewsTaken:
    """Take a file of news in. Raises InvalidInput when it cannot be read as a whole."""
    file = read_news_file(data, source=source, now=now)
    new = news_record(file.news)
    return NewsTaken(new=new, known=len(file.news) - new, wrong=file.wrong)


def news_update(*, now: datetime, symbols: Collection[str] = ()) -> NewsTaken:
    """Ask the feeds for the news of the last days about `symbols`, or about everything that anybody holds."""
    fetched = news_fetch(symbols or symbols_held(), now - BACK)
    new = news_record(fetched.news)
    return NewsTaken(new=new, known=len(fetched.news) - new, failures=fetched.failures)


@write_transaction
def news_record(told: Iterable[NewsTold]) -> int:
    """Keep what is not there yet, with its tone; returns how many pieces were new."""
    rows = {(row.source, row.external_id): row for row in map(_row, told)}
    fresh = [row for key, row in rows.items() if key not in _known(rows)]
    key, read = words_reader()
    for row, tone in zip(fresh, read([text_of(row) for row in fresh]), strict=True):
        row.tone, row.label, row.reader = tone.value, tone.label.value, key
    NewsItem.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)
    return len(fresh)


@write_transaction
def news_forget(*, now: datetime) -> int:
    """Remove what is older than the pages look back, twice over; returns how much it was."""
    today = now.date()
    before = first_day(today) - (today - first_day(today))
    gone, _ = NewsItem.objects.filter(published_at__date__lt=before).delete()
    return gone


def _row(told: NewsTold) -> NewsItem:
    """The row of a piece of news; what a feed tells at greater length than is kept is cut."""
    return NewsItem(
        source=told.provider[:LONGEST_SOURCE],
        external_id=told.external_id[-LONGEST_ID:],
        published_at=told.published_at,
        headline=told.headline[:LONGEST_HEADLINE],
        body=told.body[:LONGEST_BODY],
        link=told.link if len(told.link) <= LONGEST_LINK else "",
        symbols=[symbol.upper() for symbol in told.symbols],
    )


def _known(keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    by_source: dict[str, list[str]] = {}
    for source, external_id in keys:
        by_source.setdefault(source, []).append(external_id)
    known: set[tuple[str, str]] = set()
    for source, ids in by_source.items():
        known |= _present(source, ids)
    return known


def _present(source: str, ids: Sequence[str]) -> set[tuple[str, str]]:
    found = NewsItem.objects.filter(Q(source=source), external_id__in=ids)
    return {(source, one) for one in found.values_list("external_id", flat=True)}
