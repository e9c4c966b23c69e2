"""Performance of a scope over an interval: figures from daily values, and what each holding gave to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from common.money import convert
from portfolios.engine.benchmark import Benchmark
from portfolios.engine.book import derive_book
from portfolios.engine.closes import MAX_AGE_DAYS, closes_by_instrument, splits_by_instrument
from portfolios.engine.contribution import (
    CashContribution,
    Contribution,
    GainReport,
    contributions,
    share_of,
)
from portfolios.engine.currency_effect import CurrencyEffect
from portfolios.engine.exchange_rates import RateTable
from portfolios.engine.gains import RealisedGains, realised_gains
from portfolios.engine.income import CostYear, DividendMonth, cost_history, dividend_history
from portfolios.engine.ledger import effective
from portfolios.engine.market import Market
from portfolios.engine.performance import Performance, measure
from portfolios.engine.records import (
    DisposalRecord,
    MovementRecord,
    PortfolioRecord,
    PriceRecord,
    ReliefMethod,
    Term,
    TransactionKind,
    ValuationRecord,
)
from portfolios.models import Disposal, Instrument, Portfolio, Price
from portfolios.selectors.facts import transaction_records
from portfolios.selectors.intervals import Span
from portfolios.selectors.kept import kept
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import Scope

ZERO = Decimal(0)
# Rows that move a position without a price of their own: they are valued at the close of their day.
MOVED_AT_CLOSE = frozenset(
    {
        TransactionKind.TRANSFER_IN,
        TransactionKind.TRANSFER_OUT,
        TransactionKind.OPENING,
        TransactionKind.GIFT,
        TransactionKind.INHERITANCE,
        TransactionKind.SPIN_OFF,
        TransactionKind.MERGER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingGain:
    """What one holding gave to the gain of an interval; `share` is its part of the average capital."""

    instrument_id: UUID
    symbol: str
    price_gain: Decimal | None
    income: Decimal | None
    fees: Decimal | None
    taxes: Decimal | None
    total: Decimal | None
    effect: CurrencyEffect | None
    share: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GainSources:
    """The gain of an interval by holding, largest first, and what cash gave; `total` None has a reason."""

    holdings: tuple[HoldingGain, ...]
    cash: CashContribution
    total: Decimal | None
    reason: str
    effect: CurrencyEffect | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceReport:
    """Everything that the performance page shows of an interval, in the scope's currency."""

    scope: Scope
    span: Span
    measured: Performance
    gains: GainSources
    realised: RealisedGains
    dividends: tuple[DividendMonth, ...]
    costs: tuple[CostYear, ...]
    symbols: dict[UUID, str]


class Ledger:
    """The rows of a scope in effect and what follows from them, read once for all that needs the ledger."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.portfolios = _portfolio_records(scope)
        self.rows, _ = effective(transaction_records(scope.portfolio_ids))
        self.rates = rates_between(scope)
        instruments = {row.instrument_id for row in self.rows} | {row.counterpart_id for row in self.rows}
        known = Instrument.objects.filter(pk__in=[key for key in instruments if key is not None])
        self._facts = {
            pk: (symbol, size) for pk, symbol, size in known.values_list("pk", "symbol", "multiplier")
        }

    @property
    def symbols(self) -> dict[UUID, str]:
        """Symbols of everything that the ledger names."""
        return {key: symbol for key, (symbol, _) in self._facts.items()}

    def movements(self) -> tuple[MovementRecord, ...]:
        """Every change of a position."""
        return derive_book(self.rows, self.portfolios).movements

    def market(self, first: date, last: date) -> Market:
        """The closes that a gain from `first` to `last` needs: those around its ends and its transfers."""
        days = {first, last} | {
            row.trade_date
            for row in self.rows
            if row.kind in MOVED_AT_CLOSE and first < row.trade_date <= last
        }
        windows = [Q(day__gte=day - timedelta(days=MAX_AGE_DAYS), day__lte=day) for day in days]
        prices = Price.objects.filter(reduce(or_, windows), instrument_id__in=list(self._facts))
        columns = prices.values_list("instrument_id", "day", "close", "currency", "source")
        return Market(
            closes=closes_by_instrument(
                PriceRecord(instrument_id=key, day=day, close=close, currency=currency, source=source)
                for key, day, close, currency, source in columns
            ),
            rates=self.rates,
            splits=splits_by_instrument(self.rows),
            sizes={key: size for key, (_, size) in self._facts.items()},
            names=self.symbols,
        )


def performance_report(
    scope: Scope, span: Span, records: Sequence[ValuationRecord], *, benchmark: Benchmark | None = None
) -> PerformanceReport:
    """The figures of an interval and where its gain came from; `records` are the scope's daily values.

    Kept until the book changes: it takes a walk through the whole ledger.
    """
    name = "" if benchmark is None else benchmark.name
    report = kept(
        "performance", scope, span, name, compute=lambda: _report(scope, span, records, benchmark=benchmark)
    )
    if report is None:
        raise AssertionError("a report is always computed")
    return report


def _report(
    scope: Scope, span: Span, records: Sequence[ValuationRecord], *, benchmark: Benchmark | None
) -> PerformanceReport:
    measured = measure_span(scope, span, records, benchmark=benchmark)
    ledger = Ledger(scope)
    since, until = span.first, span.last
    inside = [
        row for row in ledger.rows if (since is None or row.trade_date >= since) and row.trade_date <= until
    ]
    portfolios = {key: in_currency(record, scope.currency) for key, record in ledger.portfolios.items()}
    return PerformanceReport(
        scope=scope,
        span=span,
        measured=measured,
        gains=gain_sources(ledger, measured),
        realised=realised_in(scope, span, symbols=ledger.symbols, rates=ledger.rates),
        dividends=tuple(dividend_history(inside, portfolios=portfolios, rates=ledger.rates)),
        costs=tuple(cost_history(inside, portfolios=portfolios, rates=ledger.rates)),
        symbols=ledger.symbols,
    )


def measure_span(
    scope: Scope, span: Span, records: Sequence[ValuationRecord], *, benchmark: Benchmark | None = None
) -> Performance:
    """The figures of an interval from the scope's daily values."""
    return measure(records, currency=scope.currency, first=span.first, last=span.last, benchmark=benchmark)


def gain_sources(ledger: Ledger, measured: Performance) -> GainSources:
    """The gain of the measured interval by holding, over all accounts of the scope."""
    first, last = measured.first_day, measured.last_day
    if first is None or last is None:
        reason = "There is no valuation in this interval."
        return GainSources(
            holdings=(), cash=CashContribution(reason=reason), total=None, reason=reason, effect=None
        )
    market, movements = ledger.market(first, last), ledger.movements()
    reports = [
        contributions(
            # Amounts are wanted in the scope's currency, whatever the account's own is.
            portfolio=in_currency(record, ledger.scope.currency),
            transactions=[row for row in ledger.rows if row.portfolio_id == key],
            movements=[move for move in movements if move.portfolio_id == key],
            first_day=first,
            last_day=last,
            market=market,
        )
        for key, record in ledger.portfolios.items()
    ]
    return _summed(reports, measured.figures["average_capital"].value)


def realised_in(
    scope: Scope, span: Span, *, symbols: Mapping[UUID, str], rates: RateTable | None = None
) -> RealisedGains:
    """The gains made final in an interval, in the scope's currency.

    A gain of an account in another currency is translated at the rate of the day of its disposal; without
    one (or without `rates`) it counts as unknown.
    """
    rows = Disposal.objects.filter(portfolio_id__in=scope.portfolio_ids, disposed__lte=span.last)
    if span.first is not None:
        rows = rows.filter(disposed__gte=span.first)
    table = rates or RateTable()
    records = [_disposal_record(row, scope, table) for row in rows.order_by("disposed", "id")]
    return realised_gains(records, currency=scope.currency, names=symbols)


def in_currency(record: PortfolioRecord, currency: str) -> PortfolioRecord:
    """An account as if `currency` were its own."""
    return PortfolioRecord(id=record.id, base_currency=currency, relief=record.relief)


def _portfolio_records(scope: Scope) -> dict[UUID, PortfolioRecord]:
    rows = Portfolio.objects.filter(pk__in=scope.portfolio_ids).values_list("pk", "base_currency", "relief")
    return {
        pk: PortfolioRecord(id=pk, base_currency=currency, relief=ReliefMethod(relief))
        for pk, currency, relief in rows
    }


def _summed(reports: Sequence[GainReport], capital: Decimal | None) -> GainSources:
    by_instrument: dict[UUID, list[Contribution]] = {}
    for report in reports:
        for item in report.holdings:
            by_instrument.setdefault(item.instrument_id, []).append(item)
    holdings = [_holding_gain(items, capital) for items in by_instrument.values()]
    reasons = sorted({report.reason for report in reports if report.reason})
    return GainSources(
        holdings=tuple(sorted(holdings, key=lambda item: (-(item.total or ZERO), item.symbol))),
        cash=_cash_sum([report.cash for report in reports]),
        total=_sum(report.total for report in reports),
        reason=" ".join(reasons),
        effect=_effect_sum([item.effect for item in holdings]),
    )


def _holding_gain(items: Sequence[Contribution], capital: Decimal | None) -> HoldingGain:
    total = _sum(item.total for item in items)
    return HoldingGain(
        instrument_id=items[0].instrument_id,
        symbol=items[0].name,
        price_gain=_sum(item.price_gain for item in items),
        income=_sum(item.income for item in items),
        fees=_sum(item.fees for item in items),
        taxes=_sum(item.taxes for item in items),
        total=total,
        effect=_effect_sum([item.effect for item in items]),
        share=share_of(total, capital),
        reason=" ".join(sorted({item.reason for item in items if item.reason})),
    )


def _cash_sum(parts: Sequence[CashContribution]) -> CashContribution:
    return CashContribution(
        interest=_sum(part.interest for part in parts),
        fees=_sum(part.fees for part in parts),
        taxes=_sum(part.taxes for part in parts),
        currency_effect=_sum(part.currency_effect for part in parts),
        conversion=_sum(part.conversion for part in parts),
        total=_sum(part.total for part in parts),
        reason=" ".join(sorted({part.reason for part in parts if part.reason})),
    )


def _effect_sum(effects: Sequence[CurrencyEffect | None]) -> CurrencyEffect | None:
    known = [effect for effect in effects if effect is not None]
    if len(known) < len(effects):
        return None
    return CurrencyEffect(
        local=sum((effect.local for effect in known), ZERO),
        currency=sum((effect.currency for effect in known), ZERO),
        cross=sum((effect.cross for effect in known), ZERO),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _disposal_record(row: Disposal, scope: Scope, rates: RateTable) -> DisposalRecord:
    rate = rates.on_day(scope.currencies[row.portfolio_id], scope.currency, row.disposed)
    factor = None if rate is None else rate.rate
    return DisposalRecord(
        id=row.pk,
        portfolio_id=row.portfolio_id,
        instrument_id=row.instrument_id,
        transaction_id=row.transaction_id,
        lot_id=row.lot_id,
        acquired=row.acquired,
        holding_date=row.holding_date,
        disposed=row.disposed,
        quantity=row.quantity,
        currency=row.currency,
        proceeds=row.proceeds,
        proceeds_base=_times(row.proceeds_base, factor),
        basis=row.basis,
        basis_base=_times(row.basis_base, factor),
        term=Term(row.term),
        is_short_sale=row.is_short_sale,
        disallowed_base=_times(row.disallowed_base, factor) or ZERO,
        permanent_base=_times(row.permanent_base, factor) or ZERO,
    )


def _times(amount: Decimal | None, factor: Decimal | None) -> Decimal | None:
    return None if amount is None else convert(amount, factor)
