"""Lots under water of many accounts, found by the database in one query a batch."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from common.money import ARITHMETIC, quantize
from portfolios.engine.closes import MAX_AGE_DAYS
from portfolios.engine.exchange_rates import RateTable
from portfolios.models import Portfolio
from portfolios.selectors.rates import rates_known_to
from taxharvest.engine.harvest.candidates import LossLot
from taxharvest.engine.harvest.scanning import Skip

RATE_DAYS = 2 * MAX_AGE_DAYS
ONE = Decimal(1)

# Closes are as traded: one from before a split of the last days is restated for it, by the splits that the
# household's own ledger records. A lot in parts (the wash-sale rule divides lots) is looked at undivided. A
# gift is looked at by its basis for a loss (IRC 1015(a)). What is quoted in another currency than the
# account's comes whatever it is worth: the rate decides, and rates are the household's.
STATEMENT = """
WITH held AS MATERIALIZED (
    SELECT l.portfolio_id, l.instrument_id, l.root_id,
           min(l.acquired) AS acquired, max(l.holding_date) AS holding_date, sum(l.quantity) AS quantity,
           sum(coalesce(l.loss_basis_base, l.basis_base)) AS basis,
           bool_or(l.basis_base IS NULL OR l.acquired IS NULL OR l.holding_date IS NULL) AS lacks_basis
    FROM tax_lots l
    WHERE l.portfolio_id = ANY(%(portfolios)s) AND l.quantity > 0
    GROUP BY l.portfolio_id, l.instrument_id, l.root_id
), closes AS MATERIALIZED (
    SELECT i.instrument_id, p.day, p.close, p.currency, p.source
    FROM (SELECT DISTINCT instrument_id FROM held) i
    CROSS JOIN LATERAL (
        SELECT day, close, currency, source FROM prices
        WHERE instrument_id = i.instrument_id AND day BETWEEN %(since)s AND %(day)s
        ORDER BY day DESC LIMIT 1
    ) p
), splits AS MATERIALIZED (
    SELECT household_id, instrument_id, trade_date, min(ratio_new / ratio_old) AS ratio
    FROM trades t JOIN portfolios p ON p.id = t.portfolio_id
    WHERE t.kind = 'split' AND t.instrument_id IN (SELECT instrument_id FROM closes WHERE day < %(day)s)
      AND t.trade_date > %(since)s AND t.trade_date <= %(day)s AND t.ratio_new > 0 AND t.ratio_old > 0
      AND t.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM trades r WHERE r.reverses_id = t.id)
    GROUP BY household_id, instrument_id, trade_date
), valued AS (
    SELECT h.*, a.base_currency, a.household_id, n.symbol, n.multiplier, c.day AS price_day,
           c.currency, c.source, c.close / coalesce((
               SELECT round(exp(sum(ln(s.ratio))), 12) FROM splits s
               WHERE s.household_id = a.household_id AND s.instrument_id = h.instrument_id
                 AND s.trade_date > c.day
           ), 1) AS close
    FROM held h
    JOIN portfolios a ON a.id = h.portfolio_id
    JOIN instruments n ON n.id = h.instrument_id
    LEFT JOIN closes c ON c.instrument_id = h.instrument_id
)
SELECT portfolio_id, household_id, instrument_id, root_id, symbol, base_currency, currency, close, price_day,
       source, multiplier, acquired, holding_date, quantity, basis, lacks_basis
FROM valued
WHERE close IS NULL OR lacks_basis OR currency <> base_currency OR quantity * multiplier * close < basis
ORDER BY portfolio_id, symbol, instrument_id, acquired, root_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderwaterPosition:
    """The lots under water of one account in one instrument, by its last close on `price_day`.

    `price` is for one unit in `currency`, `fx_rate` units of the account's base currency for one of it.
    Basis and value of the lots are in the base currency.
    """

    portfolio_id: UUID
    household_id: UUID
    instrument_id: UUID
    symbol: str
    base_currency: str
    currency: str
    price: Decimal
    price_day: date
    price_source: str
    multiplier: Decimal
    fx_rate: Decimal
    lots: tuple[LossLot, ...]

    @property
    def unit_value(self) -> Decimal:
        """The value of one unit in the base currency."""
        return quantize(ARITHMETIC.multiply(ARITHMETIC.multiply(self.price, self.multiplier), self.fx_rate))

    @property
    def loss(self) -> Decimal:
        """What all lots have lost, positive."""
        return sum((lot.loss for lot in self.lots), Decimal(0))


class Unjudged(NamedTuple):
    """A position of which nothing, or not all, could be judged, and why."""

    portfolio_id: UUID
    instrument_id: UUID
    symbol: str
    reason: Skip


class Underwater(NamedTuple):
    """What one batch of accounts has under water, and what of it could not be judged."""

    positions: tuple[UnderwaterPosition, ...]
    unjudged: tuple[Unjudged, ...]


class _Row(NamedTuple):
    portfolio_id: UUID
    household_id: UUID
    instrument_id: UUID
    root_id: UUID
    symbol: str
    base_currency: str
    currency: str
    close: Decimal | None
    price_day: date
    source: str
    multiplier: Decimal
    acquired: date
    holding_date: date
    quantity: Decimal
    basis: Decimal
    lacks_basis: bool


def underwater(portfolio_ids: Collection[UUID], day: date) -> Underwater:
    """The lots of these accounts that are worth less than their basis by the last close up to `day`.

    A close older than a week is none. One query for the batch, and one for the rates of each household that
    holds something quoted in another currency. Keep batches to some hundreds of accounts: the answer is held
    in memory.
    """
    positions: dict[tuple[UUID, UUID], list[tuple[_Row, Decimal]]] = {}
    unjudged: dict[tuple[UUID, UUID, Skip], Unjudged] = {}
    rates = _Rates(day)
    for row in _rows(portfolio_ids, day):
        rate = None if row.close is None else rates.of(row)
        reason = _reason(row, rate)
        if reason is not Skip.NONE:
            key = (row.portfolio_id, row.instrument_id, reason)
            unjudged[key] = Unjudged(row.portfolio_id, row.instrument_id, row.symbol, reason)
        elif rate is not None and _value(row, rate) < row.basis:
            positions.setdefault((row.portfolio_id, row.instrument_id), []).append((row, rate))
    return Underwater(tuple(map(_position, positions.values())), tuple(unjudged.values()))


def _rows(portfolio_ids: Collection[UUID], day: date) -> Iterator[_Row]:
    since = day - timedelta(days=MAX_AGE_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {"portfolios": list(portfolio_ids), "day": day, "since": since})
        yield from map(_Row._make, cursor)


def _reason(row: _Row, rate: Decimal | None) -> Skip:
    if rate is None:
        return Skip.NO_PRICE
    return Skip.MISSING_BASIS if row.lacks_basis else Skip.NONE


def _value(row: _Row, rate: Decimal) -> Decimal:
    close: Any = row.close
    each = ARITHMETIC.multiply(ARITHMETIC.multiply(close, row.multiplier), rate)
    return quantize(ARITHMETIC.multiply(row.quantity, each))


def _position(found: list[tuple[_Row, Decimal]]) -> UnderwaterPosition:
    row, rate = found[0]
    close: Any = row.close
    return UnderwaterPosition(
        portfolio_id=row.portfolio_id,
        household_id=row.household_id,
        instrument_id=row.instrument_id,
        symbol=row.symbol,
        base_currency=row.base_currency,
        currency=row.currency,
        price=quantize(close),
        price_day=row.price_day,
        price_source=row.source,
        multiplier=row.multiplier,
        fx_rate=rate,
        lots=tuple(_lot(one, rate) for one, _ in found),
    )


def _lot(row: _Row, rate: Decimal) -> LossLot:
    return LossLot(
        lot_id=row.root_id,
        acquired=row.acquired,
        holding_date=row.holding_date,
        quantity=row.quantity,
        basis=row.basis,
        value=_value(row, rate),
    )


class _Rates:
    """Rates into the currency of an account, read once for each household that needs any."""

    def __init__(self, day: date) -> None:
        self._day = day
        self._tables: dict[UUID, RateTable] = {}

    def of(self, row: _Row) -> Decimal | None:
        if row.currency == row.base_currency:
            return ONE
        if row.household_id not in self._tables:
            since = self._day - timedelta(days=RATE_DAYS)
            self._tables[row.household_id] = rates_known_to(
                row.household_id, _accounts_of(row.household_id), first=since, last=self._day
            )
        rate = self._tables[row.household_id].on_day(row.currency, row.base_currency, self._day)
        return None if rate is None else rate.rate


def _accounts_of(household_id: UUID) -> list[UUID]:
    return list(Portfolio.objects.filter(household_id=household_id).values_list("pk", flat=True))
