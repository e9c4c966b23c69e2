"""Why a number is what it is: any figure of the pages, computed again with its arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from common.errors import NotFound
from common.money import quantize
from portfolios.engine.allocation import AllocationBy, explain_weight
from portfolios.engine.benchmark import Benchmark
from portfolios.engine.currency_effect import explain_currency_effect
from portfolios.engine.exchange_rates import Rate
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    Figure,
    LineKind,
    Source,
    SourceKind,
    Unit,
    day_text,
)
from portfolios.engine.gains import HeldPosition, basis_figure, unrealised_gain, unrealised_total
from portfolios.engine.performance import Performance
from portfolios.engine.records import LotOrigin, LotRecord, TransactionKind
from portfolios.models import Instrument, Lot, Transaction
from portfolios.selectors.allocation import allocation_of
from portfolios.selectors.benchmarks import benchmark_list, benchmark_of
from portfolios.selectors.holdings import HoldingLine, HoldingTable, holding_table
from portfolios.selectors.intervals import Span
from portfolios.selectors.performance import HoldingGain, Ledger, gain_sources, measure_span, realised_in
from portfolios.selectors.rates import rates_between
from portfolios.selectors.scopes import Scope
from portfolios.selectors.valuations import valuation_series

ZERO = Decimal(0)
REALISED = {
    "realised_short": "short",
    "realised_long": "long",
    "realised_unknown": "term_unknown",
    "realised_total": "total",
}
INCOME_KINDS = {
    "dividends": (TransactionKind.DIVIDEND,),
    "costs": (TransactionKind.FEE, TransactionKind.TAX),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which figure is asked about: its key, the interval, and what it is of where it is of something."""

    key: str
    scope: Scope
    span: Span
    instrument_id: UUID | None = None
    benchmark_id: UUID | None = None
    by: AllocationBy = AllocationBy.ASSET_CLASS
    slice_key: str = ""


def figure_of(question: Question) -> Figure:
    """The figure with its arithmetic, or with the reason why it has no value.

    Keys: those of the measured interval (end_value, change, gain, twr, xirr, volatility, ...), realised_*,
    unrealised_total, value_today, dividends, costs, and with an instrument: unrealised_gain, basis,
    contribution, currency_effect (without one: of everything); weight with `by` and `slice_key`. Raises
    NotFound for any other key.
    """
    answer = ANSWERS.get(question.key)
    return answer(question) if answer is not None else _measured(question)


def _measured(question: Question) -> Figure:
    scope, span = question.scope, question.span
    records = valuation_series(scope, first=span.first, last=span.last)
    figures = measure_span(scope, span, records, benchmark=_benchmark(question)).figures
    if question.key not in figures:
        raise NotFound("There is no figure of that name.", code="not-found")
    return figures[question.key]


def _benchmark(question: Question) -> Benchmark | None:
    if question.benchmark_id is None:
        return None
    choices = benchmark_list(question.scope)
    return benchmark_of(
        question.scope,
        choices,
        question.benchmark_id,
        first=question.span.first,
        last=question.span.last,
    )


def _realised(question: Question) -> Figure:
    symbols = dict(Instrument.objects.known_to(question.scope.household_id).values_list("pk", "symbol"))
    rates = rates_between(question.scope, last=question.span.last)
    gains = realised_in(question.scope, question.span, symbols=symbols, rates=rates)
    figure: Figure = getattr(gains, REALISED[question.key])
    return figure


def _value_today(question: Question) -> Figure:
    """Every position and the cash of every account, added up."""
    table = _table(question)
    lines = [
        ExplanationLine(
            label=line.symbol,
            amount=line.value_base,
            currency=table.currency,
            detail=_holding_words(line),
            source=Source(kind=SourceKind.INSTRUMENT, key=str(line.instrument_id)),
        )
        for line in sorted(table.lines, key=lambda line: -(line.value_base or ZERO))
    ]
    lines.append(
        ExplanationLine(
            label="Cash", amount=table.cash_total, currency=table.currency, kind=LineKind.SUBTOTAL
        )
    )
    lines.append(
        ExplanationLine(
            label=f"Value, {day_text(table.as_of)}",
            amount=table.value,
            currency=table.currency,
            kind=LineKind.RESULT,
        )
    )
    lacking = ", ".join(table.missing) or "some of the cash"
    return Figure(
        key="value_today",
        label="Value",
        value=table.value,
        unit=Unit.MONEY,
        currency=table.currency,
        reason="" if table.value is not None else f"No usable price or rate for {lacking}.",
        explanation=Explanation(
            title=f"Value of {question.scope.label}",
            formula="Each position at its last close, and the cash of every account",
            lines=tuple(lines),
            prices_as_of=table.as_of,
        ),
    )


def _unrealised(question: Question) -> Figure:
    table = _table(question)
    positions = [_position(line) for line in table.lines]
    if question.key == "unrealised_total":
        return unrealised_total(positions, currency=table.currency, day=table.as_of)
    found = [position for position in positions if position.instrument_id == question.instrument_id]
    if not found:
        raise NotFound("There is no such holding.", code="not-found")
    return unrealised_gain(found[0], currency=table.currency, day=table.as_of)


def _basis(question: Question) -> Figure:
    scope = question.scope
    if question.instrument_id is None:
        raise NotFound("There is no such holding.", code="not-found")
    lots = Lot.objects.filter(
        portfolio_id__in=scope.portfolio_ids, instrument_id=question.instrument_id
    ).select_related("instrument")
    rows = list(lots.order_by("acquired", "id"))
    if not rows:
        raise NotFound("There is no such holding.", code="not-found")
    currencies = {scope.currencies[row.portfolio_id] for row in rows}
    if len(currencies) > 1:
        return Figure(
            key="basis",
            label=f"Basis of {rows[0].instrument.symbol}",
            value=None,
            unit=Unit.MONEY,
            reason="Its lots stand in accounts of different base currencies: look at one account at a time.",
        )
    return basis_figure(
        [_lot_record(row) for row in rows], name=rows[0].instrument.symbol, currency=currencies.pop()
    )


def _contribution(question: Question) -> Figure:
    item = _gain_of(question)
    currency = question.scope.currency
    amounts: list[tuple[str, Decimal | None, LineKind]] = [
        ("Price gain, realised and not", item.price_gain, LineKind.LINE),
        ("Dividends and interest", item.income, LineKind.LINE),
        ("Fees", item.fees, LineKind.LINE),
        ("Taxes", item.taxes, LineKind.LINE),
        (f"Gain on {item.symbol}", item.total, LineKind.RESULT),
    ]
    source = Source(kind=SourceKind.INSTRUMENT, key=str(item.instrument_id))
    return Figure(
        key="contribution",
        label=f"Gain on {item.symbol}",
        value=item.total,
        unit=Unit.MONEY,
        currency=currency,
        reason=item.reason,
        explanation=Explanation(
            title=f"Gain on {item.symbol}",
            formula="Value at the end, less value at the start and what was invested; plus income, less cost",
            lines=tuple(
                ExplanationLine(label=label, amount=amount, currency=currency, kind=kind, source=source)
                for label, amount, kind in amounts
            ),
            prices_as_of=question.span.last,
        ),
    )


def _currency_effect(question: Question) -> Figure:
    if question.instrument_id is not None:
        item = _gain_of(question)
        name, effect, reason = item.symbol, item.effect, item.reason
    else:
        sources = gain_sources(*_ledger_and_measured(question))
        name, effect, reason = "all holdings", sources.effect, sources.reason
    return Figure(
        key="currency_effect",
        label=f"Currency effect on {name}",
        value=None if effect is None else effect.currency + effect.cross,
        unit=Unit.MONEY,
        currency=question.scope.currency,
        reason=reason or ("" if effect is not None else "Something that is needed has no price or rate."),
        explanation=None
        if effect is None
        else explain_currency_effect(name, effect, question.scope.currency),
    )


def _weight(question: Question) -> Figure:
    allocation = allocation_of(question.scope, question.span.last, question.by)
    found = next((part for part in allocation.slices if part.key == question.slice_key), None)
    if found is None:
        raise NotFound("There is no such part of the allocation.", code="not-found")
    return Figure(
        key="weight",
        label=f"Weight of {found.label}",
        value=found.weight,
        unit=Unit.FRACTION,
        reason=allocation.reason if found.weight is None else "",
        explanation=explain_weight(allocation, found, question.span.last),
    )


def _rows_figure(question: Question) -> Figure:
    """Ledger rows of some kinds, added up in the scope's currency: each line leads to its row."""
    scope, span = question.scope, question.span
    rows = (
        Transaction.objects.filter(
            portfolio_id__in=scope.portfolio_ids,
            kind__in=INCOME_KINDS[question.key],
            trade_date__gte=span.first or date.min,
            trade_date__lte=span.last,
        )
        .effective()
        .select_related("instrument")
        .order_by("trade_date", "sequence", "id")
    )
    if question.instrument_id is not None:
        rows = rows.filter(instrument_id=question.instrument_id)
    rates = rates_between(scope, first=span.first, last=span.last)
    lines = [
        _row_line(row, scope, rates.on_day(row.currency, scope.currency, row.trade_date)) for row in rows
    ]
    unknown = [line for line in lines if line.amount is None]
    total = None if unknown else sum((line.amount for line in lines if line.amount is not None), ZERO)
    label = "Dividends" if question.key == "dividends" else "Fees and taxes booked on their own"
    result = ExplanationLine(label=label, amount=total, currency=scope.currency, kind=LineKind.RESULT)
    return Figure(
        key=question.key,
        label=label,
        value=total,
        unit=Unit.MONEY,
        currency=scope.currency,
        reason="" if total is not None else "Some of the rows have no exchange rate.",
        explanation=Explanation(
            title=label,
            formula="The rows of the ledger in this interval, each at the exchange rate of its day",
            lines=(*lines, result),
        ),
    )


def _row_line(row: Transaction, scope: Scope, rate: Rate | None) -> ExplanationLine:
    factor = None if rate is None else rate.rate
    if row.currency == scope.currency:
        factor = Decimal(1)
    elif scope.currencies[row.portfolio_id] == scope.currency and row.fx_rate is not None:
        factor = row.fx_rate
    foreign = "" if row.currency == scope.currency else f"{row.amount:,.2f} {row.currency}"
    name = row.instrument.symbol if row.instrument else row.get_kind_display()
    return ExplanationLine(
        label=f"{name}, {day_text(row.trade_date)}",
        amount=None if factor is None else quantize(row.amount * factor),
        currency=scope.currency,
        detail=foreign if factor is not None else f"{foreign}, no exchange rate",
        source=Source(kind=SourceKind.TRANSACTION, key=str(row.pk)),
    )


def _table(question: Question) -> HoldingTable:
    return holding_table(question.scope, question.span.last, is_merged=True)


def _position(line: HoldingLine) -> HeldPosition:
    return HeldPosition(
        instrument_id=line.instrument_id,
        name=line.symbol,
        quantity=line.quantity,
        value=line.value_base,
        basis=line.basis_base,
    )


def _holding_words(line: HoldingLine) -> str:
    if line.quote.close is None:
        return "no usable price"
    size = "" if line.multiplier == 1 else f" × {line.multiplier.normalize():f}"
    return f"{line.quantity.normalize():f} at {line.quote.close.normalize():f} {line.currency}{size}"


def _ledger_and_measured(question: Question) -> tuple[Ledger, Performance]:
    scope, span = question.scope, question.span
    records = valuation_series(scope, first=span.first, last=span.last)
    return Ledger(scope), measure_span(scope, span, records)


def _gain_of(question: Question) -> HoldingGain:
    sources = gain_sources(*_ledger_and_measured(question))
    found = next((item for item in sources.holdings if item.instrument_id == question.instrument_id), None)
    if found is None:
        raise NotFound("Nothing was held of it in this interval.", code="not-found")
    return found


def _lot_record(row: Lot) -> LotRecord:
    return LotRecord(
        id=row.pk,
        root_id=row.root_id,
        portfolio_id=row.portfolio_id,
        instrument_id=row.instrument_id,
        transaction_id=row.transaction_id,
        origin=LotOrigin(row.origin),
        acquired=row.acquired,
        holding_date=row.holding_date,
        quantity=row.quantity,
        currency=row.currency,
        cost=row.cost,
        cost_base=row.cost_base,
        basis=row.basis,
        basis_base=row.basis_base,
        deferred_base=row.deferred_base,
    )


ANSWERS: dict[str, Callable[[Question], Figure]] = {
    **dict.fromkeys(REALISED, _realised),
    **dict.fromkeys(INCOME_KINDS, _rows_figure),
    "value_today": _value_today,
    "unrealised_total": _unrealised,
    "unrealised_gain": _unrealised,
    "basis": _basis,
    "contribution": _contribution,
    "currency_effect": _currency_effect,
    "weight": _weight,
}
