"""Files of news: CSV and JSON lines, ids, times, symbols, and rows that are none."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from common.errors import InvalidInput
from mlrecs.engine.news_files import WrongRow, read_news_file
from trading.engine.news import NewsTold

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEADER = "published_at,headline,symbols,id,body,link,source\n"


def read(text: str) -> Any:
    return read_news_file(text.encode(), source="file.csv", now=NOW)


def one(**changes: Any) -> str:
    """A good JSON line with some values changed."""
    return json.dumps({"published_at": "2026-11-19", "headline": "H", "symbols": ["A"]} | changes)


def test_a_row_of_csv_is_a_piece_of_news() -> None:
    told = read(
        HEADER + '2026-11-19T15:30:00+01:00,"  Profit, up ","aapl; BRK B,msft",7,B,https://x.test/1,Wire\n'
    )

    assert told.news == (
        NewsTold(
            provider="Wire",
            external_id="7",
            publisher="Wire",
            published_at=datetime(2026, 11, 19, 14, 30, tzinfo=UTC),
            headline="Profit, up",
            body="B",
            link="https://x.test/1",
            symbols=("AAPL", "BRK", "B", "MSFT"),
        ),
    )
    assert told.wrong == ()


def test_json_lines_keep_symbols_with_spaces_and_days_are_midnight() -> None:
    (told,) = read(one(symbols=["brk b", "brk b"])).news

    assert told.symbols == ("BRK B",)
    assert told.published_at == datetime(2026, 11, 19, tzinfo=UTC)
    assert told.provider == "file.csv"


def test_without_an_id_a_row_is_known_by_time_and_headline_and_counts_once() -> None:
    text = "\n".join([one(), one(symbols=["B"]), one(headline="Other")])

    told = read(text)

    assert [news.headline for news in told.news] == ["H", "Other"]
    assert told.news[0].external_id == "d813dd3d706c1756645898fda3b2fcbb154b507a"


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"headline": "  "}, "headline", "It is empty."),
        ({"headline": 5}, "headline", "It is no text."),
        ({"headline": "x" * 401}, "headline", "It is longer than 400 characters."),
        ({"published_at": "19/11/2026"}, "published_at", "It is no day and no time in ISO 8601."),
        ({"published_at": None}, "published_at", "It is no day and no time in ISO 8601."),
        ({"published_at": "2026-11-22"}, "published_at", "It lies before 1970 or after tomorrow."),
        ({"published_at": "1969-12-31"}, "published_at", "It lies before 1970 or after tomorrow."),
        ({"symbols": []}, "symbols", "It names none."),
        ({"symbols": [5]}, "symbols", "One of them is no text."),
        ({"symbols": ["x" * 31]}, "symbols", "More than 50, or one with more than 30 letters."),
        ({"link": "javascript:alert(1)"}, "link", "It is no web address."),
    ],
)
def test_a_row_that_is_no_news_says_why_and_keeps_the_rest(
    changes: dict[str, Any], field: str, reason: str
) -> None:
    told = read(one() + "\n" + one(**changes))

    assert len(told.news) == 1
    assert told.wrong == (WrongRow(line=2, field=field, reason=reason),)


def test_a_line_that_is_no_object_is_told() -> None:
    assert read(one() + "\n[1]\n{broken").wrong == (
        WrongRow(line=2, field="row", reason="It is no JSON object."),
        WrongRow(line=3, field="row", reason="It is no JSON object."),
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe\x00", "The file is not UTF-8 text."),
        (b"", "There is no column called published_at or headline or symbols."),
        (b"headline,symbols\n", "There is no column called published_at."),
        (HEADER.encode(), "The file holds no news."),
        (b"x" * 20_000_001, "The file is larger than 20 MB: divide it."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_news_file(data, source="f", now=NOW)

    assert refusal.value.detail == why
