"""Closes and exchange rates of a household, as the rules need them."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from portfolios.engine.closes import closes_by_instrument, splits_by_instrument
from portfolios.engine.exchange_rates import RateQuote, RateTable, ledger_quotes
from portfolios.engine.market import Market
from portfolios.engine.records import PortfolioRecord, PriceRecord, TransactionRecord
from portfolios.models import Instrument, Price


def market_of(
    *,
    household_id: UUID,
    instrument_ids: Collection[UUID],
    transactions: Collection[TransactionRecord],
    portfolios: Iterable[PortfolioRecord],
    since: date | None = None,
) -> Market:
    """Closes of these instruments from `since` on, and every exchange rate the household can know.

    Rates come from quoted currency pairs and from the rates that the ledger itself states.
    """
    prices = Price.objects.filter(instrument_id__in=instrument_ids)
    if since is not None:
        prices = prices.filter(day__gte=since)
    instruments = Instrument.objects.filter(pk__in=instrument_ids).values_list("id", "symbol", "multiplier")
    rows = list(instruments)
    return Market(
        closes=closes_by_instrument(_price_records(prices)),
        rates=rate_table(household_id=household_id, transactions=transactions, portfolios=portfolios),
        splits=splits_by_instrument(transactions),
        sizes={pk: multiplier for pk, _, multiplier in rows},
        names={pk: symbol for pk, symbol, _ in rows},
    )


def rate_table(
    *,
    household_id: UUID,
    transactions: Iterable[TransactionRecord],
    portfolios: Iterable[PortfolioRecord],
) -> RateTable:
    """Exchange rates from the quoted pairs known to the household and from its ledger."""
    by_portfolio = {portfolio.id: portfolio for portfolio in portfolios}
    quotes = [
        quote
        for row in transactions
        if row.fx_rate is not None
        for quote in ledger_quotes([row], by_portfolio[row.portfolio_id])
    ]
    quotes.extend(_pair_quotes(household_id))
    return RateTable(quotes)


def _pair_quotes(household_id: UUID) -> list[RateQuote]:
    pairs = Instrument.objects.known_to(household_id).filter(asset_class=Instrument.AssetClass.CURRENCY)
    prices = Price.objects.filter(instrument__in=pairs).values_list("instrument__symbol", "day", "close")
    quotes = []
    for symbol, day, close in prices.order_by("day"):
        currency, _, quoted = symbol.partition(".")
        if currency and quoted:
            quotes.append(RateQuote(currency, quoted, day, close))
    return quotes


def _price_records(prices: QuerySet[Price]) -> Iterator[PriceRecord]:
    rows = prices.values_list("instrument_id", "day", "close", "currency", "source")
    for instrument_id, day, close, currency, source in rows.iterator(chunk_size=5000):
        yield PriceRecord(instrument_id=instrument_id, day=day, close=close, currency=currency, source=source)
