"""The tone of the news about what somebody holds: by holding and by sector, over twelve weeks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Household
from mlrecs.engine.sentiment import ToneHistory, ToneOn, first_day, tone_history
from mlrecs.models import NewsItem
from portfolios.models import Holding, Instrument, Portfolio
from portfolios.selectors.scopes import Scope

READABLE = (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)
NO_SECTOR = "No sector known"
SHOWN_NEWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneLine:
    """One holding, or one sector (then `instrument_id` is None), and what its news sounded like."""

    key: str
    name: str
    sector: str
    instrument_id: UUID | None
    history: ToneHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsLine:
    """A piece of news as lists show it; `symbols` are those of it that are held."""

    id: int
    published_at: datetime
    headline: str
    source: str
    link: str
    symbols: tuple[str, ...]
    tone: str
    label: str
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """Everything that the page shows: most news first; `quiet` names holdings without any."""

    today: date
    since: date
    holdings: tuple[ToneLine, ...]
    sectors: tuple[ToneLine, ...]
    quiet: tuple[str, ...]
    news: tuple[NewsLine, ...]

    @property
    def count(self) -> int:
        """How many pieces of news there are, each for every holding that it is about."""
        return sum(line.history.count for line in self.holdings)


def symbols_held() -> list[str]:
    """What anybody holds of stocks and funds, most widely held first."""
    held = Holding.objects.filter(instrument__asset_class__in=READABLE).exclude(quantity=0)
    counts: dict[str, int] = {}
    for symbol in held.values_list("instrument__symbol", flat=True):
        counts[symbol] = counts.get(symbol, 0) + 1
    return sorted(counts, key=lambda symbol: (-counts[symbol], symbol))


def households_holding() -> list[Household]:
    """Households that hold a stock or a fund."""
    held = Holding.objects.filter(instrument__asset_class__in=READABLE).exclude(quantity=0)
    return list(Household.objects.filter(pk__in=held.values("portfolio__household_id")).order_by("pk"))


def accounts_of(household_id: UUID) -> list[UUID]:
    """The open accounts of a household."""
    open_ones = Portfolio.objects.filter(household_id=household_id, closed_on__isnull=True)
    return list(open_ones.order_by("pk").values_list("pk", flat=True))


def sentiment_of(scope: Scope, today: date) -> Sentiment:
    """The tone of the news about what a scope holds; three queries."""
    return sentiment_in(scope.portfolio_ids, today)


def sentiment_in(portfolio_ids: Collection[UUID], today: date) -> Sentiment:
    """The same for accounts by their keys."""
    held = _held(portfolio_ids)
    rows = list(news_about(held, today))
    by_symbol: dict[str, list[ToneOn]] = {}
    by_sector: dict[str, list[ToneOn]] = {}
    for row in rows:
        if row.tone is None:
            continue
        said = ToneOn(day=row.published_at.date(), tone=row.tone)
        about = [symbol for symbol in row.symbols if symbol in held]
        for symbol in about:
            by_symbol.setdefault(symbol, []).append(said)
        # A piece about two holdings of one sector counts once in it.
        for sector in {held[symbol].sector or NO_SECTOR for symbol in about}:
            by_sector.setdefault(sector, []).append(said)
    return Sentiment(
        today=today,
        since=first_day(today),
        holdings=_lines((_of_holding(held[key], said, today) for key, said in by_symbol.items())),
        sectors=_lines(_of_sector(sector, said, today) for sector, said in by_sector.items()),
        quiet=tuple(sorted(set(held) - set(by_symbol))),
        news=tuple(news_line(row, held) for row in rows[:SHOWN_NEWS]),
    )


def news_of(scope: Scope, today: date, *, symbol: str = "") -> QuerySet[NewsItem]:
    """The news about what a scope holds, or about one symbol of it, newest first."""
    held = _held(scope.portfolio_ids)
    wanted = [one for one in held if not symbol or one == symbol.upper()]
    return news_about(wanted, today)


def news_about(symbols: Collection[str], today: date) -> QuerySet[NewsItem]:
    """The news of the twelve weeks that names one of `symbols`, newest first."""
    since = datetime.combine(first_day(today), time(), tzinfo=UTC)
    rows = NewsItem.objects.filter(published_at__gte=since, symbols__has_any_keys=sorted(symbols))
    return rows.order_by("-published_at", "-pk") if symbols else NewsItem.objects.none()


def news_line(row: NewsItem, held: Collection[str]) -> NewsLine:
    """A piece of news, with those of its symbols that are held."""
    return NewsLine(
        id=row.pk,
        published_at=row.published_at,
        headline=row.headline,
        source=row.source,
        link=row.link,
        symbols=tuple(symbol for symbol in row.symbols if symbol in held),
        tone="" if row.tone is None else f"{row.tone:.2f}",
        label=row.label,
        reader=row.reader,
    )


def held_symbols(scope: Scope) -> frozenset[str]:
    """The symbols of the stocks and funds that a scope holds, in capitals."""
    return frozenset(_held(scope.portfolio_ids))


def _held(portfolio_ids: Collection[UUID]) -> Mapping[str, Instrument]:
    rows = Holding.objects.filter(portfolio_id__in=portfolio_ids, instrument__asset_class__in=READABLE)
    held = rows.exclude(quantity=0).select_related("instrument").order_by("instrument__symbol")
    return {row.instrument.symbol.upper(): row.instrument for row in held}


def _lines(lines: Iterable[ToneLine]) -> tuple[ToneLine, ...]:
    return tuple(sorted(lines, key=lambda line: (-line.history.count, line.key)))


def _of_holding(instrument: Instrument, said: Sequence[ToneOn], today: date) -> ToneLine:
    return ToneLine(
        key=instrument.symbol,
        name=instrument.name,
        sector=instrument.sector,
        instrument_id=instrument.pk,
        history=tone_history(said, today),
    )


def _of_sector(sector: str, said: Sequence[ToneOn], today: date) -> ToneLine:
    return ToneLine(key=sector, name="", sector=sector, instrument_id=None, history=tone_history(said, today))
