"""The performance page: returns, risk, where the gain came from, dividends, costs, and missing prices."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from common import formats
from common.htmx import page_or_part
from portfolios.engine.figures import Figure
from portfolios.engine.income import CostKind, CostYear, DividendMonth
from portfolios.models import Instrument
from portfolios.selectors.benchmarks import benchmark_list, benchmark_of
from portfolios.selectors.performance import PerformanceReport, performance_report
from portfolios.selectors.prices import missing_prices
from portfolios.selectors.valuations import account_values, last_day_of, valuation_series
from portfolios.views.scopes import identifier, scope_from, span_from

ZERO = Decimal(0)
RETURNS = ("twr", "twr_yearly", "xirr", "benchmark_return", "active_return")
RISK = ("volatility", "sharpe", "drawdown", "drawdown_now", "best_day", "worst_day")
MONEY = ("start_value", "net_flows", "gain", "end_value")
COST_WORDS = {
    CostKind.TRADING: "Fees of trades",
    CostKind.ACCOUNT: "Fees of accounts",
    CostKind.WITHHOLDING: "Tax withheld",
    CostKind.TAX: "Other taxes",
    CostKind.INTEREST: "Interest paid",
}


@login_required
@require_safe
def performance(request: HttpRequest) -> HttpResponse:
    """Everything measured over an interval, for the household or one account."""
    scope = scope_from(request)
    values = {} if scope is None else account_values(scope)
    last = last_day_of(values.values())
    if scope is None or last is None:
        return page_or_part(
            request, "portfolios/performance.html", {"scope": scope, "report": None}, part="report"
        )
    span = span_from(request, last)
    benchmarks = benchmark_list(scope)
    benchmark_id = _benchmark_id(request, benchmarks)
    benchmark = benchmark_of(scope, benchmarks, benchmark_id, first=span.first, last=last)
    records = valuation_series(scope, first=span.first, last=last, values=values)
    report = performance_report(scope, span, records, benchmark=benchmark)
    figures = report.measured.figures
    context = {
        "scope": scope,
        "report": report,
        "span": span,
        "benchmarks": benchmarks,
        "benchmark_id": benchmark_id,
        "money": [figures[key] for key in MONEY if key in figures],
        "returns": [figures[key] for key in RETURNS if key in figures],
        "risk": [figures[key] for key in RISK if key in figures],
        "realised": [
            report.realised.short,
            report.realised.long,
            report.realised.term_unknown,
            report.realised.total,
        ],
        "gain_rows": _gain_rows(report, _query(request, benchmark_id)),
        "benchmark_choices": [
            ("none", "No index"),
            *((str(row.pk), row.name or row.symbol) for row in benchmarks),
        ]
        if benchmarks
        else [],
        "benchmark_key": str(benchmark_id) if benchmark_id else "none",
        "growth_summary": _sentence("Growth of the money at work", figures["twr"]),
        "fall_summary": _sentence("Distance to the last high; the largest fall", figures["drawdown"]),
        "hidden": [(name, request.GET[name]) for name in ("interval", "benchmark") if request.GET.get(name)],
        "dividends": _by_year(report.dividends, report.symbols),
        "costs": _cost_table(report.costs),
        "missing": missing_prices(scope.portfolio_ids, last),
        "query": _query(request, benchmark_id),
    }
    return page_or_part(request, "portfolios/performance.html", context, part="report")


def _benchmark_id(request: HttpRequest, benchmarks: list[Instrument]) -> UUID | None:
    """The index of the address; the first there is unless the address says none."""
    if request.GET.get("benchmark") == "none":
        return None
    chosen = identifier(request, "benchmark")
    known = [row.pk for row in benchmarks]
    if chosen in known:
        return chosen
    return known[0] if known else None


def _query(request: HttpRequest, benchmark_id: UUID | None) -> str:
    """The address's parameters with the index that is really used: for charts and for arithmetic."""
    query = request.GET.copy()
    query["benchmark"] = str(benchmark_id) if benchmark_id else "none"
    return query.urlencode()


def _largest(report: PerformanceReport) -> Decimal:
    totals = [abs(item.total) for item in report.gains.holdings if item.total is not None]
    return max(totals, default=ZERO) or Decimal(1)


def _gain_rows(report: PerformanceReport, query: str) -> list[dict[str, Any]]:
    """The holdings with the size of each gain beside the largest, and the address of its arithmetic."""
    largest = _largest(report)
    address = reverse("portfolios:why", args=["contribution"])
    return [
        {
            "gain": item,
            "costs": None if item.fees is None or item.taxes is None else item.fees + item.taxes,
            "relative": None if item.total is None else item.total / largest,
            "why": f"{address}?{query}&instrument={item.instrument_id}",
        }
        for item in report.gains.holdings
    ]


def _sentence(words: str, figure: Figure) -> str:
    if figure.value is None:
        return f"{words}: not available. {figure.reason}"
    return f"{words}: {formats.percent(figure.value)}."


def _by_year(months: Iterable[DividendMonth], symbols: dict[UUID, str]) -> list[dict[str, Any]]:
    """Dividends by calendar year, the newest first, with the months and instruments of each."""
    years: dict[int, dict[str, Any]] = {}
    for month in months:
        year = years.setdefault(
            month.month.year,
            {
                "year": month.month.year,
                "gross": ZERO,
                "withheld": ZERO,
                "payments": 0,
                "by_symbol": {},
                "rows": [],
            },
        )
        symbol = symbols.get(month.instrument_id, "unknown") if month.instrument_id else "no instrument"
        year["gross"] = _plus(year["gross"], month.gross)
        year["withheld"] = _plus(year["withheld"], month.withheld)
        year["payments"] += len(month.payments)
        year["by_symbol"][symbol] = _plus(year["by_symbol"].get(symbol, ZERO), month.net)
        year["rows"].append({"month": month.month, "symbol": symbol, "dividend": month})
    for year in years.values():
        year["net"] = _plus(year["gross"], None if year["withheld"] is None else -year["withheld"])
        year["rows"].reverse()
    return sorted(years.values(), key=lambda year: -year["year"])


def _cost_table(costs: Iterable[CostYear]) -> dict[str, Any]:
    """Costs with a row for each kind and a column for each year."""
    amounts: dict[CostKind, dict[int, Decimal | None]] = {}
    years: set[int] = set()
    for cost in costs:
        amounts.setdefault(cost.kind, {})[cost.year] = cost.amount
        years.add(cost.year)
    columns = sorted(years, reverse=True)
    rows = [
        {"label": COST_WORDS[kind], "amounts": [by_year.get(year, ZERO) for year in columns]}
        for kind, by_year in amounts.items()
    ]
    totals = [_sum(by_year.get(year, ZERO) for by_year in amounts.values()) for year in columns]
    return {"years": columns, "rows": rows, "totals": totals}


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total: Decimal | None = ZERO
    for amount in amounts:
        total = _plus(total, amount)
    return total


def _plus(total: Decimal | None, amount: Decimal | None) -> Decimal | None:
    return None if total is None or amount is None else total + amount
