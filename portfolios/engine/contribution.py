"""What each holding gave to the gain of an interval, and what cash and currencies gave; it all adds up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.cash_flows import EXTERNAL, cash_changes
from portfolios.engine.currency_effect import CurrencyEffect, Invested, split_gain
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    LineKind,
    Source,
    SourceKind,
    UnavailableError,
    day_text,
)
from portfolios.engine.market import Market, rate_name
from portfolios.engine.records import MovementRecord, PortfolioRecord, TransactionKind, TransactionRecord

ZERO = Decimal(0)
INCOME = frozenset({TransactionKind.DIVIDEND, TransactionKind.INTEREST})
COSTS = frozenset({TransactionKind.FEE, TransactionKind.TAX})
NOT_INVESTED = INCOME | COSTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """The gain of one holding over an interval, in the base currency.

    `price_gain` is end value less start value less what was invested meanwhile; `effect` splits it into
    local price, exchange rate and both. `fees` and `taxes` are never positive for a cost. When something is
    not known, every amount is None and `reason` says what.
    """

    instrument_id: UUID
    name: str
    start_value: Decimal | None = None
    end_value: Decimal | None = None
    invested: Decimal | None = None
    price_gain: Decimal | None = None
    income: Decimal | None = None
    fees: Decimal | None = None
    taxes: Decimal | None = None
    total: Decimal | None = None
    effect: CurrencyEffect | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CashContribution:
    """What cash itself gave: interest, fees and taxes of the account, rates, and conversions.

    `currency_effect` is what changes of exchange rates did to balances; `conversion` what exchanges gained
    or lost against the rates of their days. None with a `reason` when a rate is not known.
    """

    interest: Decimal | None = None
    fees: Decimal | None = None
    taxes: Decimal | None = None
    currency_effect: Decimal | None = None
    conversion: Decimal | None = None
    total: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GainReport:
    """The gain of an interval by source. `total` is their sum, or None with the `reason`."""

    first_day: date
    last_day: date
    currency: str
    holdings: tuple[Contribution, ...]
    cash: CashContribution
    total: Decimal | None
    reason: str = ""


def contributions(
    *,
    portfolio: PortfolioRecord,
    transactions: Iterable[TransactionRecord],
    movements: Iterable[MovementRecord],
    first_day: date,
    last_day: date,
    market: Market,
) -> GainReport:
    """The gain from the close of `first_day` to the close of `last_day`, by holding and cash.

    `transactions` are all rows in effect and `movements` all position changes up to `last_day`. Every amount
    is taken at the market's exchange rate of its day, as in daily valuation, so the total is the gain that
    `intervals` and `change` measure on the same days. A spin-off or merger moves value between holdings
    without cash: the parent shows the loss of value and the child the gain.
    """
    rows = [row for row in transactions if row.trade_date <= last_day]
    inside = [row for row in rows if row.trade_date > first_day]
    span = _Span(portfolio.base_currency, first_day, last_day, market)
    with localcontext(ARITHMETIC):
        holdings = [
            _contribution(span, *item) for item in _by_instrument(inside, movements, first_day, last_day)
        ]
        cash = _cash_contribution(span, rows, inside)
    reasons = list(filter(None, [*(item.reason for item in holdings), cash.reason]))
    return GainReport(
        first_day=first_day,
        last_day=last_day,
        currency=portfolio.base_currency,
        holdings=tuple(sorted(holdings, key=lambda item: (-(item.total or ZERO), item.name))),
        cash=cash,
        total=None if reasons else _total([*(item.total for item in holdings), cash.total]),
        reason=" ".join(reasons),
    )


def share_of(amount: Decimal | None, capital: Decimal | None) -> Decimal | None:
    """`amount` as a fraction of the capital at work, or None when either is unknown or capital not positive.

    Shares of the average capital of `change.average_capital` add up to the simple return.
    """
    if amount is None or capital is None or capital <= 0:
        return None
    with localcontext(ARITHMETIC):
        return quantize(amount / capital)


def explain_contribution(item: Contribution, report: GainReport) -> Explanation:
    """The arithmetic of one holding's gain; raises UnavailableError with the reason when it is not known."""
    if item.total is None:
        raise UnavailableError(item.reason)
    source = Source(kind=SourceKind.INSTRUMENT, key=str(item.instrument_id))
    amounts: list[tuple[str, Decimal | None, LineKind]] = [
        (f"Value at the end, {day_text(report.last_day)}", item.end_value, LineKind.LINE),
        (f"Value at the start, {day_text(report.first_day)}", _less(item.start_value), LineKind.LINE),
        ("Invested meanwhile", _less(item.invested), LineKind.LINE),
        ("Price gain", item.price_gain, LineKind.SUBTOTAL),
        ("Dividends and interest", item.income, LineKind.LINE),
        ("Fees", item.fees, LineKind.LINE),
        ("Taxes", item.taxes, LineKind.LINE),
        (f"Gain on {item.name}", item.total, LineKind.RESULT),
    ]
    return Explanation(
        title=f"Gain on {item.name}",
        formula="Value at the end, less value at the start, less what was invested, plus income, less costs",
        lines=tuple(
            ExplanationLine(label=label, amount=amount, currency=report.currency, kind=kind, source=source)
            for label, amount, kind in amounts
        ),
        prices_as_of=report.last_day,
    )


@dataclass(slots=True)
class _Activity:
    """What happened to one instrument inside the interval, and what was held at its ends."""

    held_at_start: Decimal = ZERO
    held_at_end: Decimal = ZERO
    rows: list[TransactionRecord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Span:
    """The ends of the interval and the market: amounts and positions into the base currency."""

    base: str
    first_day: date
    last_day: date
    market: Market

    def rate(self, currency: str, day: date) -> Decimal:
        """The rate to the base currency; raises UnavailableError when there is none."""
        rate = self.market.rates.on_day(currency, self.base, day)
        if rate is None:
            name = rate_name(currency, self.base)
            raise UnavailableError(f"There is no exchange rate {name} on {day_text(day)}.")
        return rate.rate

    def close(self, instrument_id: UUID, day: date) -> tuple[Decimal, str]:
        """Price of a whole contract and its currency; raises UnavailableError when there is none."""
        close = self.market.close_on(instrument_id, day)
        if close is None:
            name = self.market.name(instrument_id)
            raise UnavailableError(f"{name} has no usable price on {day_text(day)}.")
        return close.close * self.market.size(instrument_id), close.currency


def _by_instrument(
    rows: Iterable[TransactionRecord],
    movements: Iterable[MovementRecord],
    first_day: date,
    last_day: date,
) -> list[tuple[UUID, _Activity]]:
    found: dict[UUID, _Activity] = {}
    for movement in movements:
        if movement.day <= last_day:
            activity = found.setdefault(movement.instrument_id, _Activity())
            activity.held_at_end += movement.quantity
            activity.held_at_start += movement.quantity if movement.day <= first_day else ZERO
    for row in rows:
        if row.instrument_id is not None and row.kind is not TransactionKind.EXCHANGE:
            found.setdefault(row.instrument_id, _Activity()).rows.append(row)
    return [
        (key, activity)
        for key, activity in sorted(found.items())
        if activity.held_at_start or activity.held_at_end or activity.rows
    ]


def _contribution(span: _Span, instrument_id: UUID, activity: _Activity) -> Contribution:
    name = span.market.name(instrument_id)
    try:
        return _known_contribution(span, instrument_id, name, activity)
    except UnavailableError as missing:
        return Contribution(instrument_id=instrument_id, name=name, reason=missing.reason)


def _known_contribution(span: _Span, instrument_id: UUID, name: str, activity: _Activity) -> Contribution:
    currency = _currency_of(span, instrument_id, activity)
    invested = [money for row in activity.rows for money in _invested(span, instrument_id, currency, row)]
    start = _worth(span, instrument_id, activity.held_at_start, span.first_day, currency)
    end = _worth(span, instrument_id, activity.held_at_end, span.last_day, currency)
    # What was not held at the opening needs no rate of that day, and there may be none that early.
    end_rate = span.rate(currency, span.last_day) if end else _last_rate(invested)
    start_rate = span.rate(currency, span.first_day) if start else _first_rate(invested, end_rate)
    effect = split_gain(
        start_value=start,
        start_rate=start_rate,
        end_value=end,
        end_rate=end_rate,
        invested=invested,
    )
    income, fees, taxes = _income_and_costs(span, activity.rows)
    return Contribution(
        instrument_id=instrument_id,
        name=name,
        start_value=quantize(start * start_rate),
        end_value=quantize(end * end_rate),
        invested=quantize(sum((money.amount * money.rate for money in invested), ZERO)),
        price_gain=effect.total,
        income=income,
        fees=fees,
        taxes=taxes,
        total=effect.total + income + fees + taxes,
        effect=effect,
    )


def _currency_of(span: _Span, instrument_id: UUID, activity: _Activity) -> str:
    if activity.held_at_end:
        return span.close(instrument_id, span.last_day)[1]
    if activity.held_at_start:
        return span.close(instrument_id, span.first_day)[1]
    return activity.rows[0].currency if activity.rows else span.base


def _worth(span: _Span, instrument_id: UUID, quantity: Decimal, day: date, currency: str) -> Decimal:
    """The value of a position on `day` in `currency`."""
    if not quantity:
        return ZERO
    price, quoted_in = span.close(instrument_id, day)
    return _in_currency(span, quantity * price, quoted_in, currency, day)


def _in_currency(span: _Span, amount: Decimal, quoted_in: str, currency: str, day: date) -> Decimal:
    if quoted_in == currency:
        return amount
    return amount * span.rate(quoted_in, day) / span.rate(currency, day)


def _invested(span: _Span, instrument_id: UUID, currency: str, row: TransactionRecord) -> list[Invested]:
    """The money that a row puts into the instrument, before fees; a transfer in kind at its day's value."""
    day = row.trade_date
    if row.kind in EXTERNAL:
        amount = _worth(span, instrument_id, row.quantity, day, currency)
    elif row.kind in NOT_INVESTED:
        return []
    else:
        amount = _in_currency(span, -(row.amount + row.fees), row.currency, currency, day)
    return [Invested(amount, span.rate(currency, day))] if amount else []


def _first_rate(invested: Sequence[Invested], otherwise: Decimal) -> Decimal:
    return invested[0].rate if invested else otherwise


def _last_rate(invested: Sequence[Invested]) -> Decimal:
    return invested[-1].rate if invested else Decimal(1)


def _income_and_costs(span: _Span, rows: Iterable[TransactionRecord]) -> tuple[Decimal, Decimal, Decimal]:
    """Income, fees and taxes of some rows, each with the sign it has for the account."""
    income, fees, taxes = ZERO, ZERO, ZERO
    for row in rows:
        own = row.amount + row.fees
        is_income = row.kind in INCOME
        if not (row.fees or is_income or row.kind in COSTS):
            continue
        rate = span.rate(row.currency, row.trade_date)
        fees -= row.fees * rate
        if is_income:
            income += own * rate
        elif row.kind is TransactionKind.FEE:
            fees += own * rate
        elif row.kind is TransactionKind.TAX:
            taxes += own * rate
    return quantize(income), quantize(fees), quantize(taxes)


def _cash_contribution(
    span: _Span, rows: Sequence[TransactionRecord], inside: Sequence[TransactionRecord]
) -> CashContribution:
    own_rows = [row for row in inside if _belongs_to_cash(row)]
    try:
        interest, fees, taxes = _income_and_costs(span, own_rows)
        effect = quantize(_effect_on_balances(span, rows))
        conversion = quantize(_conversion(span, own_rows))
    except UnavailableError as missing:
        return CashContribution(reason=missing.reason)
    return CashContribution(
        interest=interest,
        fees=fees,
        taxes=taxes,
        currency_effect=effect,
        conversion=conversion,
        total=interest + fees + taxes + effect + conversion,
    )


def _belongs_to_cash(row: TransactionRecord) -> bool:
    return row.instrument_id is None or row.kind is TransactionKind.EXCHANGE


def _effect_on_balances(span: _Span, rows: Iterable[TransactionRecord]) -> Decimal:
    """Balances at the end less balances at the start less every change at the rate of its day."""
    effect, at_start, at_end = ZERO, dict[str, Decimal](), dict[str, Decimal]()
    for change in cash_changes(rows):
        if change.currency == span.base:
            continue
        at_end[change.currency] = at_end.get(change.currency, ZERO) + change.amount
        if change.day <= span.first_day:
            at_start[change.currency] = at_start.get(change.currency, ZERO) + change.amount
        else:
            effect -= change.amount * span.rate(change.currency, change.day)
    for currency, balance in at_end.items():
        effect += balance * span.rate(currency, span.last_day) if balance else ZERO
    for currency, balance in at_start.items():
        effect -= balance * span.rate(currency, span.first_day) if balance else ZERO
    return effect


def _conversion(span: _Span, rows: Iterable[TransactionRecord]) -> Decimal:
    """What exchanges brought in less what they gave up, at the rates of their days, fees apart."""
    total = ZERO
    for row in rows:
        if row.kind is TransactionKind.EXCHANGE:
            total += (row.amount + row.fees) * span.rate(row.currency, row.trade_date)
            if row.counter_amount:
                total += row.counter_amount * span.rate(row.counter_currency, row.trade_date)
    return total


def _total(parts: Iterable[Decimal | None]) -> Decimal:
    return sum((part for part in parts if part is not None), ZERO)


def _less(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount
