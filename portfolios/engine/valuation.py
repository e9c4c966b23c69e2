"""What a portfolio is worth at the end of each day, in its base currency."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from uuid import UUID

from common.money import ARITHMETIC, LIMIT, quantize
from portfolios.engine.cash_flows import CashChange, ExternalFlow
from portfolios.engine.closes import UsableClose
from portfolios.engine.exchange_rates import Rate
from portfolios.engine.market import Market, rate_name
from portfolios.engine.records import MovementRecord, PortfolioRecord, ValuationRecord

ZERO = Decimal(0)
# Named where a price or a rate would be named that lacks: such a day has no value that could be kept.
TOO_LARGE = "a value of 10^12 or more"


def value_days(
    *,
    portfolio: PortfolioRecord,
    days: Sequence[date],
    movements: Iterable[MovementRecord],
    cash_changes: Iterable[CashChange],
    flows: Iterable[ExternalFlow],
    market: Market,
) -> list[ValuationRecord]:
    """One valuation for each of the sorted `days`.

    Movements and cash changes of any earlier day are carried in. An instrument counts with its last close;
    one older than the day itself is named in `stale`, one more than a week old (or none at all) in `missing`,
    and then `value` is None: nothing is guessed. A missing exchange rate is named "EUR to USD".

    `flow` of a day is the capital that crossed the border since the previous day of `days`, each part at the
    value of its own day (a transfer in kind at that day's close); for the first day, on that day alone. It is
    None when a part has no value.
    """
    ledger = _Days(portfolio.base_currency, days, market)
    with localcontext(ARITHMETIC):
        for instrument_id, quantities in _running_positions(days, movements).items():
            ledger.add_position(instrument_id, quantities)
        for currency, balances in _running_cash(days, cash_changes).items():
            ledger.add_cash(currency, balances)
        for flow in flows:
            ledger.add_flow(flow)
        return ledger.records(portfolio.id)


def running_totals(days: Sequence[date], changes: Iterable[tuple[date, Decimal]]) -> list[Decimal]:
    """The sum of the dated `changes` up to each of the sorted `days`, changes of earlier days included."""
    steps = [ZERO] * len(days)
    for day, amount in changes:
        index = bisect_left(days, day)
        if index < len(days):
            steps[index] += amount
    total, totals = ZERO, []
    for step in steps:
        if step:
            total += step
        totals.append(total)
    return totals


def _running_positions(
    days: Sequence[date], movements: Iterable[MovementRecord]
) -> dict[UUID, list[Decimal]]:
    grouped: dict[UUID, list[tuple[date, Decimal]]] = {}
    for movement in movements:
        grouped.setdefault(movement.instrument_id, []).append((movement.day, movement.quantity))
    return {key: running_totals(days, changes) for key, changes in grouped.items()}


def _running_cash(days: Sequence[date], changes: Iterable[CashChange]) -> dict[str, list[Decimal]]:
    grouped: dict[str, list[tuple[date, Decimal]]] = {}
    for change in changes:
        grouped.setdefault(change.currency, []).append((change.day, change.amount))
    return {key: running_totals(days, amounts) for key, amounts in grouped.items()}


class _Days:
    """The days being valued, a column of numbers for each part; one walk over each instrument fills them."""

    def __init__(self, base: str, days: Sequence[date], market: Market) -> None:
        self._base, self._days, self._market = base, days, market
        self._values: list[Decimal] = [ZERO] * len(days)
        self._cash: list[Decimal | None] = [ZERO] * len(days)
        self._flows: list[Decimal | None] = [ZERO] * len(days)
        self._missing: dict[int, set[str]] = {}
        self._flow_missing: dict[int, set[str]] = {}
        self._stale: dict[int, set[str]] = {}
        self._rates: dict[str, list[Rate | None]] = {}

    def add_position(self, instrument_id: UUID, quantities: Sequence[Decimal]) -> None:
        """Add the value of one instrument to every day on which it is held."""
        name, size = self._market.name(instrument_id), self._market.size(instrument_id)
        closes = self._market.closes_on(instrument_id, self._days)
        for index, quantity in enumerate(quantities):
            if not quantity:
                continue
            close = closes[index]
            if close is None:
                self._note(self._missing, index, name)
                continue
            if close.is_stale:
                self._note(self._stale, index, name)
            self._add_close(index, quantity * size, close)

    def add_cash(self, currency: str, balances: Sequence[Decimal]) -> None:
        """Add the balance of one currency to every day; a missing rate makes the day's cash unknown."""
        rates = self._rates_of(currency)
        for index, balance in enumerate(balances):
            if not balance:
                continue
            rate = self._usable_rate(currency, index, rates[index])
            if rate is None:
                self._cash[index] = None
                continue
            self._values[index] += balance * rate
            cash = self._cash[index]
            self._cash[index] = None if cash is None else cash + balance * rate

    def add_flow(self, flow: ExternalFlow) -> None:
        """Add an external flow, at the value of its own day, to the first of the days on or after it."""
        index = bisect_left(self._days, flow.day)
        if index == len(self._days) or (index == 0 and flow.day != self._days[0]):
            return
        amount, currency = flow.amount, flow.currency
        if flow.instrument_id is not None:
            close = self._market.close_on(flow.instrument_id, flow.day)
            if close is None:
                self._lose_flow(index, self._market.name(flow.instrument_id))
                return
            amount = flow.quantity * self._market.size(flow.instrument_id) * close.close
            currency = close.currency
        rate = self._market.rates.on_day(currency, self._base, flow.day)
        if rate is None:
            self._lose_flow(index, rate_name(currency, self._base))
            return
        held = self._flows[index]
        self._flows[index] = None if held is None else held + amount * rate.rate

    def records(self, portfolio_id: UUID) -> list[ValuationRecord]:
        """The finished days."""
        return [self._record(portfolio_id, index) for index in range(len(self._days))]

    def _add_close(self, index: int, units: Decimal, close: UsableClose) -> None:
        if close.currency == self._base:
            self._values[index] += units * close.close
            return
        rate = self._usable_rate(close.currency, index, self._rates_of(close.currency)[index])
        if rate is not None:
            self._values[index] += units * close.close * rate

    def _usable_rate(self, currency: str, index: int, rate: Rate | None) -> Decimal | None:
        if rate is None:
            self._note(self._missing, index, rate_name(currency, self._base))
            return None
        if rate.is_stale:
            self._note(self._stale, index, rate_name(currency, self._base))
        return rate.rate

    def _rates_of(self, currency: str) -> list[Rate | None]:
        if currency not in self._rates:
            self._rates[currency] = self._market.rates.on_days(currency, self._base, self._days)
        return self._rates[currency]

    def _lose_flow(self, index: int, name: str) -> None:
        self._flows[index] = None
        self._note(self._flow_missing, index, name)

    def _note(self, names: dict[int, set[str]], index: int, name: str) -> None:
        names.setdefault(index, set()).add(name)

    def _record(self, portfolio_id: UUID, index: int) -> ValuationRecord:
        value = _kept(self._values[index])
        cash, flow = _kept(self._cash[index]), _kept(self._flows[index])
        if value is None:
            self._note(self._missing, index, TOO_LARGE)
        if self._flows[index] is not None and flow is None:
            self._note(self._flow_missing, index, TOO_LARGE)
        missing = self._missing.get(index, set())
        return ValuationRecord(
            portfolio_id=portfolio_id,
            day=self._days[index],
            value=None if missing else value,
            cash=cash,
            flow=flow,
            missing=tuple(sorted(missing | self._flow_missing.get(index, set()))),
            stale=tuple(sorted(self._stale.get(index, set()))),
        )


def _kept(amount: Decimal | None) -> Decimal | None:
    """An amount as it is kept; None when it is not known, or larger than any that can be."""
    return None if amount is None or abs(amount) >= LIMIT else quantize(amount)
