"""News of the demo: invented headlines, each of which says so, and lessons to read beside them."""

import random
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import Household, User
from mlrecs.models import NewsItem
from mlrecs.selectors.sentiment import symbols_held
from mlrecs.services.lessons import lesson_finished, lesson_reached, lessons_load
from mlrecs.services.news import news_record
from mlrecs.services.sentiment import sentiment_review
from trading.engine.news import NewsTold
from wealthalloc.demo.market import STOCKS

SOURCE = "Invented for the demo"
# Stands before every headline: nobody may take one for news about a real company.
MARK = "Invented: "
DAYS = 84
RECENT = 28
SEED = 8949
NOON = time(12, tzinfo=UTC)
# Whose news turns, by what is held: the first of these.
TURNING = ("HD", "MSFT", "JPM", "PG", "XOM", "AAPL")
NEUTRAL = (
    "{name} to present at an industry conference",
    "{name} declares its regular quarterly dividend",
    "{name} names a new head of logistics",
    "{name} will hold its annual meeting in May",
    "{name} renews a credit facility with its banks",
    "{name} repeats its forecast for the year",
    "{name} to report its quarter after the bell",
    "{name} moves a regional office",
)
GOOD = (
    "{name} beats estimates as volumes rise",
    "{name} raises its dividend after a strong quarter",
    "{name} wins a ten-year contract",
    "Analysts see {name} gaining share",
    "{name} profit climbs on improving margins",
    "{name} lifts forecast",
)
BAD = (
    "{name} misses estimates as costs rise",
    "{name} warns of slower orders",
    "{name} recalls a product after complaints",
    "Analysts downgrade {name} on weak demand",
    "{name} faces a lawsuit over a contract",
    "{name} delays an opening after disruptions",
)
# How the kinds mix, in twentieths of neutral, good and bad: usually, and of the name that turns.
USUAL = (10, 6, 4)
BEFORE, AFTER = (6, 13, 1), (5, 0, 15)


def news_tell(*, household_id: UUID, today: date) -> None:
    """Invent the twelve weeks of news that end yesterday, unless that was done, and review the tone."""
    newest = NewsItem.objects.filter(source=SOURCE).order_by("-published_at").first()
    if newest is None or newest.published_at.date() != today - timedelta(days=1):
        NewsItem.objects.filter(source=SOURCE).delete()
        news_record(invented_news([symbol for symbol in symbols_held() if symbol in STOCKS], today))
    household = Household.objects.get(pk=household_id)
    sentiment_review(household, min(timezone.now(), datetime.combine(today, NOON)))


def lessons_tell(user: User, now: datetime) -> None:
    """The library, with one lesson read and one begun."""
    lessons_load()
    lesson_finished(user, "lots", now=now)
    lesson_reached(user, "wash-sales", part=3, now=now)


def invented_news(symbols: list[str], today: date) -> list[NewsTold]:
    """Headlines about `symbols`, the same for the same day; those of one of them turn from good to bad."""
    chance = random.Random(SEED)  # noqa: S311 - a fixed story, not a secret
    turning = next((symbol for symbol in TURNING if symbol in symbols), "")
    return [
        _told(symbol, f"{today.isoformat()}-{symbol}-{number}", today - timedelta(days=age), headline)
        for symbol in sorted(symbols)
        for number, (age, headline) in enumerate(_story(STOCKS[symbol][0], chance, turns=symbol == turning))
    ]


def _story(name: str, chance: random.Random, *, turns: bool) -> list[tuple[int, str]]:
    """Headlines about one company, each with how many days ago it was published; one is of yesterday."""
    count = 32 if turns else chance.randint(9, 18)
    ages = [1, *(chance.randint(1, DAYS - 1) for _ in range(count))]
    return [(age, _headline(name, _mix(age) if turns else USUAL, chance)) for age in ages]


def _mix(age: int) -> tuple[int, int, int]:
    return AFTER if age < RECENT else BEFORE


def _headline(name: str, mix: tuple[int, int, int], chance: random.Random) -> str:
    (kind,) = chance.choices((NEUTRAL, GOOD, BAD), weights=mix)
    return MARK + chance.choice(kind).format(name=name)


def _told(symbol: str, key: str, day: date, headline: str) -> NewsTold:
    return NewsTold(
        provider=SOURCE,
        external_id=key,
        publisher=SOURCE,
        published_at=datetime.combine(day, NOON),
        headline=headline,
        body="",
        link="",
        symbols=(symbol,),
    )
