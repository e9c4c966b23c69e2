"""News taken in: once, with its tone, cut to what is kept, and forgotten when it is old."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mlrecs.engine.news_files import WrongRow
from mlrecs.models import NewsItem
from mlrecs.services import news
from mlrecs.services.news import NewsTaken, news_forget, news_import, news_record, news_update
from tests.mlrecs.told_news import BAD, GOOD, NEUTRAL, told
from tests.portfolios.small_book import small_book
from trading.services.news import NewsFetched

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FILE = b"published_at,headline,symbols\n2026-11-19,Profit rises,acme\n2026-11-18,,acme\n"


def test_a_file_is_taken_in_once_with_the_tone_of_each_piece() -> None:
    wrong = (WrongRow(line=3, field="headline", reason="It is empty."),)

    assert news_import(data=FILE, source="f.csv", now=NOW) == NewsTaken(new=1, known=0, wrong=wrong)
    assert news_import(data=FILE, source="f.csv", now=NOW) == NewsTaken(new=0, known=1, wrong=wrong)

    row = NewsItem.objects.get()
    assert (row.source, row.symbols, row.label, row.tone) == ("f.csv", ["ACME"], "positive", Decimal(1))
    assert row.reader == "wealthalloc-words-1"


def test_each_label_is_read() -> None:
    news_record([told("A", GOOD, 1), told("A", NEUTRAL, 1), told("A", BAD, 1)])

    read = dict(NewsItem.objects.values_list("headline", "label"))
    assert read == {GOOD: "positive", NEUTRAL: "neutral", BAD: "negative"}


def test_what_a_feed_tells_at_length_is_cut() -> None:
    long = replace(told("A", "x" * 500, 1, key="k" * 130 + "end"), link="https://" + "x" * 500)

    assert news_record([long, long]) == 1

    row = NewsItem.objects.get()
    assert (len(row.headline), len(row.external_id), row.link) == (400, 120, "")
    assert row.external_id.endswith("end")


def test_the_feeds_are_asked_about_what_anybody_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    small_book()
    asked: dict[str, Any] = {}

    def fetch(symbols: list[str], since: datetime) -> NewsFetched:
        asked.update(symbols=symbols, since=since)
        return NewsFetched(news=(told("ACME", GOOD, 1),), failures=("Massive rests",))

    monkeypatch.setattr(news, "news_fetch", fetch)

    assert news_update(now=NOW) == NewsTaken(new=1, known=0, failures=("Massive rests",))
    assert asked == {"symbols": ["ACME", "BETA"], "since": NOW - timedelta(days=3)}


def test_old_news_is_forgotten_after_twice_the_weeks_that_are_shown() -> None:
    news_record([told("A", GOOD, 166), told("A", BAD, 167)])

    assert news_forget(now=timezone.now()) == 1
    assert NewsItem.objects.get().headline == GOOD


def test_the_command_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(FILE.replace(b"2026-11", b"2025-11"))

    call_command("import_news", str(path), "--source", "Wire")

    out, err = capsys.readouterr()
    assert out == "1 new, 0 already known, 1 rows left out.\n"
    assert err == "news.csv, line 3, headline: It is empty.\n"
    assert NewsItem.objects.get().source == "Wire"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file or directory"),
        (b"a,b\n", "There is no column called published_at or headline or symbols."),
        (b"published_at,headline,symbols\nx,H,A\n", "Nothing was imported."),
    ],
)
def test_the_command_fails_in_words(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "news.csv"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CommandError, match=words):
        call_command("import_news", str(path))

    assert not NewsItem.objects.exists()
