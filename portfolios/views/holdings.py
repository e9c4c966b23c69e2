"""The page of a holding across the accounts: price, lots, transactions, income."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.csv_downloads import csv_response
from common.dates import add_months
from common.errors import NotFound
from common.formats import day as day_words
from common.formats import fixed, percent, shares, signed
from common.htmx import page_or_part
from portfolios.engine.records import TransactionKind
from portfolios.models import Disposal, Instrument, Lot, Transaction
from portfolios.selectors.holdings import HoldingLine, holding_table
from portfolios.selectors.intervals import Span
from portfolios.selectors.lots import LotLine, disposal_list, lot_lines
from portfolios.selectors.portfolios import instrument_get, may_record
from portfolios.selectors.prices import PriceState, Quote, quote_on, restated, restated_history, splits_of
from portfolios.selectors.scopes import Scope
from portfolios.selectors.transactions import transaction_rows
from portfolios.views.scopes import last_day, person_of, scope_needed, today

ZERO = Decimal(0)
SHOWN = 8
CHART_YEARS = {"1y": 1, "3y": 3, "all": None}
LOT_HEADER = (
    "acquired", "holding_date", "account", "origin", "quantity", "basis", "basis_per_share", "currency",
    "value", "gain", "long_from", "transaction",
)  # fmt: skip


@login_required
@require_safe
def holding_detail(request: HttpRequest, instrument_id: UUID) -> HttpResponse:
    """One instrument over all accounts in reach: what is held, lot by lot, and what happened to it."""
    instrument, scope, as_of = _asked(request, instrument_id)
    table = holding_table(scope, as_of, is_merged=True, instrument_id=instrument_id)
    whole = holding_table(scope, as_of) if table.lines else table
    line = table.lines[0] if table.lines else None
    quote = line.quote if line else quote_on(scope.household_id, instrument_id, as_of)
    lots = lot_lines(scope, instrument_id, quote=quote, today=today(), multiplier=instrument.multiplier)
    rows = transaction_rows(scope.portfolio_ids).filter(instrument_id=instrument_id)
    context = {
        "instrument": instrument,
        "scope": scope,
        "as_of": as_of,
        "line": line,
        "quote": quote,
        "accounts": len({lot.portfolio_id for lot in lots}),
        "weight": _weight(line.value_base if line else None, whole.value),
        "lots": _with_size(lots),
        "ladder": _ladder(lots),
        "transactions": list(rows[:SHOWN]),
        "transaction_count": rows.count(),
        "disposals": list(disposal_list(scope, instrument_id).select_related("transaction")[:SHOWN]),
        "income": _income(scope, instrument_id, add_months(as_of, -12), as_of),
        "chart_interval": _chart_interval(request),
        "chart_choices": [("1y", "1Y"), ("3y", "3Y"), ("all", "All")],
        "chart_summary": _chart_summary(instrument, quote),
        "quote_age": f"{quote.age} days" if quote.state is PriceState.STALE else "",
        "can_record": may_record(person_of(request)),
    }
    context |= _words(context)
    return page_or_part(request, "portfolios/holding_detail.html", context, part="chart")


@login_required
@require_safe
def holding_prices(request: HttpRequest, instrument_id: UUID) -> JsonResponse:
    """The price chart: closes in today's shares, a circle for each purchase, the average basis as a level."""
    instrument, scope, as_of = _asked(request, instrument_id)
    span = _chart_span(request, as_of)
    splits = splits_of(scope.household_id, instrument_id)
    closes = restated_history(instrument_id, splits, first=span.first, last=as_of)
    quote = quote_on(scope.household_id, instrument_id, as_of)
    lots = lot_lines(scope, instrument_id, quote=quote, today=today(), multiplier=instrument.multiplier)
    first = closes[0][0] if closes else as_of
    bought = transaction_rows(scope.portfolio_ids).filter(
        instrument_id=instrument_id,
        kind__in=(TransactionKind.BUY, TransactionKind.REINVEST),
        trade_date__gte=first,
        trade_date__lte=as_of,
    )
    events = [
        {"day": row.trade_date.isoformat(), "label": shares(_today_shares(row, splits)), "kind": "lot"}
        for row in bought.effective().order_by("trade_date")
    ]
    series: list[dict[str, Any]] = [
        {"label": instrument.symbol, "values": [str(close) for _, close in closes], "kind": "line"}
    ]
    average = _average_basis(lots, quote.currency)
    if average is not None and closes:
        label = "Average basis"
        series.append({"label": label, "values": [str(average)] * len(closes), "kind": "level"})
    days = [day.isoformat() for day, _ in closes]
    return JsonResponse({"days": days, "series": series, "events": events, "currency": quote.currency})


@login_required
@require_safe
def lots_export(request: HttpRequest, instrument_id: UUID) -> StreamingHttpResponse:
    """The lot ladder as CSV."""
    instrument, scope, as_of = _asked(request, instrument_id)
    quote = quote_on(scope.household_id, instrument_id, as_of)
    lots = lot_lines(scope, instrument_id, quote=quote, today=today(), multiplier=instrument.multiplier)
    rows = (
        (
            lot.acquired, lot.holding_date, lot.account, lot.origin, lot.quantity, lot.basis,
            lot.basis_per_share, lot.currency, lot.value, lot.gain, lot.long_on, lot.transaction_id,
        )
        for lot in lots
    )  # fmt: skip
    return csv_response(
        f"lots-{instrument.symbol.lower()}",
        about=[
            f"WealthAlloc open lots of {instrument.symbol}, {scope.label}",
            f"price of {quote.day or 'none'}",
        ],
        now=timezone.now(),
        header=LOT_HEADER,
        rows=rows,
    )


@login_required
@require_safe
def lot_source(request: HttpRequest, lot_id: UUID) -> HttpResponse:
    """The ledger row that a lot comes from."""
    lot = Lot.objects.visible_to(person_of(request)).filter(pk=lot_id).first()
    return _to_transaction(lot)


@login_required
@require_safe
def disposal_source(request: HttpRequest, disposal_id: UUID) -> HttpResponse:
    """The ledger row that closed a piece of a lot."""
    disposal = Disposal.objects.visible_to(person_of(request)).filter(pk=disposal_id).first()
    return _to_transaction(disposal)


def _chart_summary(instrument: Instrument, quote: Quote) -> str:
    if quote.close is None or quote.day is None:
        return f"Closes of {instrument.symbol}, of which none is young enough to be used."
    return (
        f"Closes of {instrument.symbol}, the last one {quote.close.normalize():f} on {day_words(quote.day)}."
    )


def _words(context: dict[str, Any]) -> dict[str, Any]:
    """Notes under the figures, and addresses of their arithmetic."""
    line, ladder, income = context["line"], context["ladder"], context["income"]
    if line is None:
        return {"notes": {}, "why": {}}
    weight, count = context["weight"], context["accounts"]
    parts = f"short {signed(fixed(ladder['short'], 2))}, long {signed(fixed(ladder['long'], 2))}"
    query = f"instrument={line.instrument_id}&interval=1y"
    return {
        "notes": {
            "shares": f"in {count} account{'' if count == 1 else 's'}",
            "value": f"{percent(weight, 1)} of household" if weight is not None else line.unknown_reason,
            "basis": _basis_words(line),
            "gain": parts if line.gain_base is not None else line.unknown_reason,
            "income": f"{income['count']} payment{'' if income['count'] == 1 else 's'}",
        },
        "why": {
            name: f"{reverse('portfolios:why', args=[key])}?{query}"
            for name, key in (("basis", "basis"), ("gain", "unrealised_gain"), ("income", "dividends"))
        },
    }


def _basis_words(line: HoldingLine) -> str:
    if line.basis_base is not None:
        return "from the ledger, lot by lot"
    return "a lot has none" if line.basis is None else "no exchange rate"


def _to_transaction(row: Lot | Disposal | None) -> HttpResponse:
    if row is None:
        raise NotFound("There is no such lot.", code="not-found")
    return redirect(reverse("portfolios:transaction_detail", args=[row.transaction_id]))


def _asked(request: HttpRequest, instrument_id: UUID) -> tuple[Instrument, Scope, date]:
    instrument = instrument_get(person_of(request), instrument_id)
    scope = scope_needed(request)
    return instrument, scope, last_day(scope)


def _chart_interval(request: HttpRequest) -> str:
    wanted = request.GET.get("interval", "3y")
    return wanted if wanted in CHART_YEARS else "3y"


def _chart_span(request: HttpRequest, last: date) -> Span:
    key = _chart_interval(request)
    years = CHART_YEARS[key]
    return Span(key="all", first=None if years is None else add_months(last, -12 * years), last=last)


def _today_shares(row: Transaction, splits: Any) -> Decimal:
    """The shares of a purchase as today's: restating works on prices, so it is turned round."""
    one = restated(Decimal(1), row.trade_date, splits)
    quantity: Decimal = row.quantity
    return (quantity / one).quantize(Decimal("0.0001")).normalize()


def _average_basis(lots: list[LotLine], currency: str) -> Decimal | None:
    """Basis over shares of all lots; None when one has no basis or another currency than the price."""
    if not lots or any(lot.basis is None or lot.currency != currency for lot in lots):
        return None
    quantity = sum((lot.quantity for lot in lots), ZERO)
    if not quantity:
        return None
    return (sum((lot.basis or ZERO for lot in lots), ZERO) / quantity).quantize(Decimal("0.0001"))


def _with_size(lots: list[LotLine]) -> list[dict[str, Any]]:
    """The lots with the size of each gain beside the largest one, for the bars."""
    largest = max((abs(lot.gain) for lot in lots if lot.gain is not None), default=ZERO)
    return [
        {"lot": lot, "relative": lot.gain / largest if lot.gain is not None and largest else None}
        for lot in lots
    ]


def _ladder(lots: list[LotLine]) -> dict[str, Any]:
    """The foot of the ladder: totals that are None as soon as a part is not known, and the largest gain."""
    gains = [lot.gain for lot in lots]
    known = [gain for gain in gains if gain is not None]
    bases = [lot.basis for lot in lots]
    one_currency = len({lot.currency for lot in lots}) == 1
    quantity = sum((lot.quantity for lot in lots), ZERO)
    basis = sum((b for b in bases if b is not None), ZERO) if one_currency and None not in bases else None
    return {
        "quantity": quantity,
        "basis": basis,
        "average": None
        if basis is None or not quantity
        else (basis / abs(quantity)).quantize(Decimal("0.0001")),
        "gain": sum(known, ZERO) if one_currency and len(known) == len(gains) else None,
        "short": sum((lot.gain or ZERO for lot in lots if not lot.is_long), ZERO),
        "long": sum((lot.gain or ZERO for lot in lots if lot.is_long), ZERO),
        "largest": max((abs(gain) for gain in known), default=ZERO),
        "currency": lots[0].currency if lots and one_currency else "",
    }


def _income(scope: Scope, instrument_id: UUID, first: date, last: date) -> dict[str, Any]:
    """Dividends of the last twelve months by currency, and the last payments."""
    rows = (
        transaction_rows(scope.portfolio_ids)
        .filter(
            instrument_id=instrument_id,
            kind=TransactionKind.DIVIDEND,
            trade_date__gt=first,
            trade_date__lte=last,
        )
        .effective()
    )
    totals: dict[str, Decimal] = {}
    payments = list(rows)
    for row in payments:
        totals[row.currency] = totals.get(row.currency, ZERO) + row.amount
    return {"totals": sorted(totals.items()), "payments": payments[:SHOWN], "count": len(payments)}


def _weight(value: Decimal | None, total: Decimal | None) -> Decimal | None:
    if value is None or total is None or total <= 0:
        return None
    return value / total
