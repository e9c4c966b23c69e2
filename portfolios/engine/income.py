"""Dividends by month and instrument, and fees and taxes by year and kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.exchange_rates import RateTable
from portfolios.engine.records import PortfolioRecord, TransactionKind, TransactionRecord

ZERO = Decimal(0)


class CostKind(StrEnum):
    """What a cost is for."""

    TRADING = "trading"
    ACCOUNT = "account"
    WITHHOLDING = "withholding"
    TAX = "tax"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True, kw_only=True)
class DividendMonth:
    """Dividends of one instrument in one month (its first day), in the base currency.

    `gross` is before `withheld` tax (never negative), `net` after it. They are None when a payment has no
    exchange rate. `instrument_id` None gathers payments that name no instrument.
    """

    month: date
    instrument_id: UUID | None
    gross: Decimal | None
    withheld: Decimal | None
    payments: tuple[UUID, ...]

    @property
    def net(self) -> Decimal | None:
        """What arrived."""
        return None if self.gross is None or self.withheld is None else self.gross - self.withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class CostYear:
    """Costs of one kind in one calendar year, positive, in the base currency; None without exchange rate."""

    year: int
    kind: CostKind
    amount: Decimal | None
    transactions: tuple[UUID, ...]


def base_rate(row: TransactionRecord, portfolio: PortfolioRecord, rates: RateTable) -> Decimal | None:
    """The rate of a ledger row to the base currency: its own, else the table's of its day, else None."""
    if row.currency == portfolio.base_currency:
        return Decimal(1)
    if row.fx_rate is not None:
        return row.fx_rate
    rate = rates.on_day(row.currency, portfolio.base_currency, row.trade_date)
    return None if rate is None else rate.rate


def dividend_history(
    transactions: Iterable[TransactionRecord],
    *,
    portfolios: Mapping[UUID, PortfolioRecord],
    rates: RateTable,
) -> list[DividendMonth]:
    """Dividends and the tax withheld from them by month and instrument, sorted by month.

    A tax row that names an instrument belongs to its dividends. `transactions` are rows in effect.
    """
    gross: dict[tuple[date, UUID | None], _Sum] = {}
    withheld: dict[tuple[date, UUID | None], _Sum] = {}
    for row in transactions:
        key = (row.trade_date.replace(day=1), row.instrument_id)
        rate = base_rate(row, portfolios[row.portfolio_id], rates)
        if row.kind is TransactionKind.DIVIDEND:
            gross.setdefault(key, _Sum()).add(row.amount + row.fees, rate, row.id)
        elif row.kind is TransactionKind.TAX and row.instrument_id is not None:
            withheld.setdefault(key, _Sum()).add(-row.amount, rate, row.id)
    keys = sorted(gross.keys() | withheld.keys(), key=lambda key: (key[0], str(key[1] or "")))
    return [_dividend_month(key, gross.get(key, _Sum()), withheld.get(key, _Sum())) for key in keys]


def cost_history(
    transactions: Iterable[TransactionRecord],
    *,
    portfolios: Mapping[UUID, PortfolioRecord],
    rates: RateTable,
) -> list[CostYear]:
    """Fees and taxes by calendar year and kind, sorted; refunds reduce them.

    Trading: the fees inside trades and other rows. Account: fee rows. Withholding: tax rows that name an
    instrument. Tax: other tax rows. Interest: interest that was paid (received interest is income).
    """
    sums: dict[tuple[int, CostKind], _Sum] = {}
    for row in transactions:
        rate = base_rate(row, portfolios[row.portfolio_id], rates)
        for kind, amount in _costs(row):
            sums.setdefault((row.trade_date.year, kind), _Sum()).add(amount, rate, row.id)
    return [
        CostYear(year=year, kind=kind, amount=cost.amount(), transactions=tuple(cost.rows))
        for (year, kind), cost in sorted(sums.items())
    ]


def _costs(row: TransactionRecord) -> list[tuple[CostKind, Decimal]]:
    costs = []
    if row.fees:
        costs.append((CostKind.TRADING, row.fees))
    own = row.amount + row.fees
    if row.kind is TransactionKind.FEE:
        costs.append((CostKind.ACCOUNT, -own))
    elif row.kind is TransactionKind.TAX:
        costs.append((CostKind.TAX if row.instrument_id is None else CostKind.WITHHOLDING, -own))
    elif row.kind is TransactionKind.INTEREST and own < 0:
        costs.append((CostKind.INTEREST, -own))
    return costs


class _Sum:
    """Amounts in several currencies added up in the base currency; unknown once a rate is."""

    def __init__(self) -> None:
        self._amount: Decimal | None = ZERO
        self.rows: list[UUID] = []

    def add(self, amount: Decimal, rate: Decimal | None, row_id: UUID) -> None:
        """Add `amount` at `rate`."""
        self.rows.append(row_id)
        with localcontext(ARITHMETIC):
            if self._amount is not None:
                self._amount = None if rate is None else self._amount + amount * rate

    def amount(self) -> Decimal | None:
        """The sum so far."""
        return None if self._amount is None else quantize(self._amount)


def _dividend_month(key: tuple[date, UUID | None], gross: _Sum, withheld: _Sum) -> DividendMonth:
    return DividendMonth(
        month=key[0],
        instrument_id=key[1],
        gross=gross.amount(),
        withheld=withheld.amount(),
        payments=tuple(gross.rows + withheld.rows),
    )
