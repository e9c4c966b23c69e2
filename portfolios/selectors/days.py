"""What happened on one day: flows, trades, and which holdings moved the value most."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from common.money import quantize
from portfolios.engine.figures import day_text
from portfolios.engine.market import Market
from portfolios.engine.records import MovementRecord
from portfolios.models import Transaction
from portfolios.selectors.performance import Ledger
from portfolios.selectors.scopes import Scope
from portfolios.selectors.transactions import transaction_rows
from portfolios.selectors.valuations import valuation_series

ZERO = Decimal(0)
SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A holding that moved the value: what was held the evening before times the change of its close."""

    instrument_id: UUID
    symbol: str
    amount: Decimal
    fraction: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStory:
    """One valued day; amounts in the scope's currency, None where a price or rate is not known.

    `market` is the change of value that `flow` does not explain. `previous` is the valued day before.
    """

    day: date
    previous: date | None
    value: Decimal | None
    flow: Decimal | None
    market: Decimal | None
    movers: tuple[Mover, ...]
    transactions: tuple[Transaction, ...]
    missing: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the pane is called."""
        return f"What happened on {day_text(self.day)}"


def day_story(scope: Scope, day: date) -> DayStory:
    """What happened on `day`, up to the evening; a day without a valuation has no value."""
    records = valuation_series(scope, first=day, last=day)
    today = next((record for record in records if record.day == day), None)
    before = next((record for record in records if record.day < day), None)
    value = None if today is None else today.value
    flow = None if today is None else today.flow
    market = None
    if value is not None and flow is not None and before is not None and before.value is not None:
        market = value - before.value - flow
    return DayStory(
        day=day,
        previous=None if before is None else before.day,
        value=value,
        flow=flow,
        market=market,
        movers=() if before is None or today is None else _movers(scope, before.day, day),
        transactions=tuple(
            transaction_rows(scope.portfolio_ids)
            .effective()
            .filter(trade_date=day)
            .order_by("sequence", "id")
        ),
        missing=() if today is None else today.missing,
    )


def _movers(scope: Scope, before: date, day: date) -> tuple[Mover, ...]:
    ledger = Ledger(scope)
    held = _held(ledger.movements(), before)
    market = ledger.market(before, day)
    found = [
        mover
        for instrument_id, quantity in held.items()
        if quantity
        and (mover := _mover(market, instrument_id, quantity, days=(before, day), currency=scope.currency))
    ]
    return tuple(sorted(found, key=lambda mover: -abs(mover.amount))[:SHOWN])


def _mover(
    market: Market, instrument_id: UUID, quantity: Decimal, *, days: tuple[date, date], currency: str
) -> Mover | None:
    before, day = days
    start, end = market.close_on(instrument_id, before), market.close_on(instrument_id, day)
    if start is None or end is None or start.currency != end.currency:
        return None
    # A split on the day itself changes shares and close alike: compare in the shares of the evening before.
    ratio = Decimal(1)
    for split in market.splits.get(instrument_id, ()):
        if before < split.day <= day:
            ratio *= split.ratio
    rate = market.rates.on_day(end.currency, currency, day)
    if rate is None or end.close * ratio == start.close:
        return None
    change = quantity * market.size(instrument_id) * (end.close * ratio - start.close) * rate.rate
    return Mover(
        instrument_id=instrument_id,
        symbol=market.name(instrument_id),
        amount=quantize(change),
        fraction=end.close * ratio / start.close - 1,
    )


def _held(movements: Iterable[MovementRecord], day: date) -> dict[UUID, Decimal]:
    held: dict[UUID, Decimal] = {}
    for movement in movements:
        if movement.day <= day:
            held[movement.instrument_id] = held.get(movement.instrument_id, ZERO) + movement.quantity
    return held
