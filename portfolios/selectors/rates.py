"""Exchange rates that a household can know of, read in sets: quoted pairs and the rates of its own ledger."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import F

from portfolios.engine.exchange_rates import RateQuote, RateTable
from portfolios.models import Instrument, Price, Transaction
from portfolios.selectors.scopes import Scope


def rates_between(scope: Scope, *, first: date | None = None, last: date | None = None) -> RateTable:
    """A table of the rates quoted from `first` to `last`, both included; None leaves that end open."""
    return rates_known_to(scope.household_id, scope.portfolio_ids, first=first, last=last)


def rates_known_to(
    household_id: UUID,
    portfolio_ids: Iterable[UUID],
    *,
    first: date | None = None,
    last: date | None = None,
) -> RateTable:
    """`rates_between`, for the ledger rows of these accounts of a household."""
    return RateTable([*_ledger_quotes(portfolio_ids, first, last), *_pair_quotes(household_id, first, last)])


def _ledger_quotes(
    portfolio_ids: Iterable[UUID], first: date | None, last: date | None
) -> Iterable[RateQuote]:
    rows = Transaction.objects.filter(portfolio_id__in=list(portfolio_ids), fx_rate__gt=0).exclude(
        currency=F("portfolio__base_currency")
    )
    if first is not None:
        rows = rows.filter(trade_date__gte=first)
    if last is not None:
        rows = rows.filter(trade_date__lte=last)
    columns = rows.values_list("currency", "portfolio__base_currency", "trade_date", "fx_rate")
    for currency, base, day, rate in columns.order_by("trade_date", "sequence", "id"):
        yield RateQuote(currency, base, day, rate)


def _pair_quotes(household_id: UUID, first: date | None, last: date | None) -> Iterable[RateQuote]:
    pairs = Instrument.objects.known_to(household_id).filter(asset_class=Instrument.AssetClass.CURRENCY)
    prices = Price.objects.filter(instrument__in=pairs)
    if first is not None:
        prices = prices.filter(day__gte=first)
    if last is not None:
        prices = prices.filter(day__lte=last)
    for symbol, day, close in prices.order_by("day").values_list("instrument__symbol", "day", "close"):
        currency, _, quoted = symbol.partition(".")
        if currency and quoted:
            yield RateQuote(currency, quoted, day, close)
