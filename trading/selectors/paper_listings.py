"""What the paper exchange lists: instruments of the book that have closes, and these closes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from portfolios.models import Instrument, Price

CURRENCY = "USD"
LISTED = (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedInstrument:
    """A stock or a fund that can be traded on paper; `conid` is the broker's number where it is known.

    `closes` are as traded, in US dollars.
    """

    instrument_id: UUID
    conid: str
    symbol: str
    name: str
    is_fund: bool
    exchange: str
    sector: str
    closes: Mapping[date, Decimal] = field(default_factory=dict)


def paper_listings(*, since: date) -> list[ListedInstrument]:
    """Stocks and funds in US dollars with a close since that day, one for each symbol, by symbol.

    Where several instruments share a symbol, one that operators keep comes before those of households, and
    one whose broker's number is known before those without.
    """
    chosen: dict[str, Instrument] = {}
    for instrument in _priced(since):
        kept = chosen.get(instrument.symbol)
        if kept is None or _rank(instrument) < _rank(kept):
            chosen[instrument.symbol] = instrument
    closes = _closes({instrument.pk for instrument in chosen.values()}, since)
    return [
        ListedInstrument(
            instrument_id=instrument.pk,
            conid=instrument.conid,
            symbol=instrument.symbol,
            name=instrument.name or instrument.symbol,
            is_fund=instrument.asset_class == Instrument.AssetClass.FUND,
            exchange=instrument.exchange,
            sector=instrument.sector,
            closes=closes[instrument.pk],
        )
        for _, instrument in sorted(chosen.items())
    ]


def _priced(since: date) -> QuerySet[Instrument]:
    prices = Price.objects.filter(instrument=OuterRef("pk"), day__gte=since, currency=CURRENCY)
    return Instrument.objects.filter(
        Exists(prices), asset_class__in=LISTED, currency=CURRENCY, multiplier=1
    ).order_by("created_at", "pk")


def _rank(instrument: Instrument) -> tuple[bool, bool]:
    return instrument.household_id is not None, not instrument.conid


def _closes(instrument_ids: set[UUID], since: date) -> dict[UUID, dict[date, Decimal]]:
    found: dict[UUID, dict[date, Decimal]] = defaultdict(dict)
    rows = Price.objects.filter(instrument_id__in=instrument_ids, day__gte=since, currency=CURRENCY)
    for instrument_id, day, close in rows.order_by("day").values_list("instrument_id", "day", "close"):
        found[instrument_id][day] = close
    return found
