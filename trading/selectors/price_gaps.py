"""Which closes of held instruments the book lacks, so that the broker can be asked for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from portfolios.models import Holding, Instrument, Price
from portfolios.selectors.prices import splits_known_to
from trading.engine.records import ContractFacts
from trading.models import BrokerAccount, Contract

PRICED = (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceGap:
    """An instrument that an account holds, what the broker calls it, and the days that have a close.

    Bars of a broker are restated for splits, closes of the book are as traded: days before `first_day`, the
    last split that a household with the instrument knows, are left to other sources.
    """

    instrument_id: UUID
    contract: ContractFacts
    known_days: frozenset[date]
    first_day: date


def price_gaps(accounts: Sequence[BrokerAccount], *, first: date, last: date) -> list[PriceGap]:
    """Stocks and funds that `accounts` hold, by symbol, with the closes known from `first` to `last`."""
    rows = Instrument.objects.filter(
        pk__in=_held(accounts).values("instrument_id"), asset_class__in=PRICED
    ).order_by("symbol", "pk")
    instruments = list(rows)
    numbers = {
        row.instrument_id: row
        for row in Contract.objects.filter(
            gateway_id__in={account.gateway_id for account in accounts}, instrument__in=instruments
        )
    }
    known: dict[UUID, set[date]] = {row.pk: set() for row in instruments}
    days = Price.objects.filter(instrument__in=instruments, day__range=(first, last))
    for key, day in days.values_list("instrument_id", "day"):
        known[key].add(day)
    splits = _last_splits(accounts, known)
    return [
        PriceGap(
            instrument_id=row.pk,
            contract=_contract(row, numbers.get(row.pk)),
            known_days=frozenset(known[row.pk]),
            first_day=max(first, splits.get(row.pk, first)),
        )
        for row in instruments
    ]


def _held(accounts: Sequence[BrokerAccount]) -> QuerySet[Holding]:
    portfolios = [account.portfolio_id for account in accounts]
    return Holding.objects.filter(portfolio_id__in=portfolios).exclude(quantity=0)


def _last_splits(accounts: Sequence[BrokerAccount], keys: Collection[UUID]) -> dict[UUID, date]:
    found: dict[UUID, date] = {}
    for household_id in {account.portfolio.household_id for account in accounts}:
        for key, splits in splits_known_to(household_id, keys).items():
            for split in splits:
                found[key] = max(found.get(key, split.day), split.day)
    return found


def _contract(instrument: Instrument, told: Contract | None) -> ContractFacts:
    """What the gateway called the instrument, else what the book knows of it."""
    if told is not None:
        return ContractFacts(
            con_id=told.con_id,
            symbol=told.symbol,
            kind=told.kind,
            exchange=told.exchange,
            primary_exchange=told.primary_exchange,
            currency=told.currency,
        )
    number = int(instrument.conid) if instrument.conid.isdecimal() else 0
    return ContractFacts(con_id=number, symbol=instrument.symbol, currency=instrument.currency)
