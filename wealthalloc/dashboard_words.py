"""The dashboard in words: labels, notes and addresses of its figures."""

from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from common import formats
from portfolios.selectors.benchmarks import benchmark_choices
from portfolios.selectors.cash_income import IncomeSum, RealisedSum
from portfolios.selectors.dashboard import Dashboard

SHOWN_ROWS = 6
RETURN_LABELS = {
    "1d": "TWR, 1 day",
    "1w": "TWR, 1 week",
    "1m": "TWR, 1 month",
    "3m": "TWR, 3 months",
    "ytd": "TWR, this year",
    "1y": "TWR, 1 year",
    "all": "TWR, since start",
}


def board_words(board: Dashboard, *, query: QueryDict, benchmark: UUID | None) -> dict[str, Any]:
    """What the dashboard's template shows beside the figures themselves.

    `query` is the address's own; it comes back with the index that is really compared with.
    """
    query["benchmark"] = str(benchmark) if benchmark else "none"
    query["interval"] = board.span.key
    flows = board.flows.value
    return {
        "rows": board.inbox[:SHOWN_ROWS],
        "hidden_rows": max(0, len(board.inbox) - SHOWN_ROWS),
        "query": query.urlencode(),
        "benchmark_key": query["benchmark"],
        "benchmark_choices": benchmark_choices(board.benchmarks),
        "paid_out": None if flows is None else -flows,
        "return_label": RETURN_LABELS[board.span.key],
        "summary": _summary(board),
        "notes": _notes(board),
        "why": _why(query),
    }


def _summary(board: Dashboard) -> str:
    """The chart in one sentence."""
    value, change = board.value.value, board.change.value
    currency = board.scope.currency
    if value is None or change is None:
        return f"Value by day up to {formats.day(board.as_of)}; some days have none."
    way = "rose" if change > 0 else "fell" if change < 0 else "stayed"
    before, after = formats.money(value - change, currency), formats.money(value, currency)
    return f"Value {way} from {before} to {after} {board.span.words}."


def _notes(board: Dashboard) -> dict[str, str]:
    year = board.as_of.year
    accounts = len(board.scope.accounts)
    return {
        "returns": _return_note(board),
        "short_label": "Realised, short",
        "long_label": "Realised, long",
        "short": _realised_note(board.realised, board.realised.short_count, year),
        "long": _realised_note(board.realised, board.realised.long_count, year),
        "dividends": _dividend_note(board.income),
        "fees": "no exchange rate for some" if board.income.fees is None else "trades and accounts",
        "cash": board.cash.reason or _share(board),
        "nothing": "Nothing to decide: the book agrees with its statements, and no lot turns long-term soon.",
        "proof": f"{accounts} account{'' if accounts == 1 else 's'} valued at closes up to "
        f"{formats.day(board.as_of)}.",
    }


def _return_note(board: Dashboard) -> str:
    if board.twr.value is None:
        return board.twr.reason
    if board.is_over_a_year and board.xirr.value is not None:
        return f"XIRR {formats.signed(formats.percent(board.xirr.value))} a year"
    if board.money_weighted.value is not None:
        return f"XIRR {formats.signed(formats.percent(board.money_weighted.value))}"
    return f"XIRR not available: {board.xirr.reason}"


def _realised_note(realised: RealisedSum, count: int, year: int) -> str:
    if realised.short is None:
        return "accounts in several currencies: see performance"
    words = f"{count} lot{'' if count == 1 else 's'} in {year}"
    return f"{words}, {realised.unknown} more unknown" if realised.unknown else words


def _dividend_note(income: IncomeSum) -> str:
    if income.dividends is None:
        return "no exchange rate for some"
    words = f"{income.payments} payment{'' if income.payments == 1 else 's'}"
    return f"{words}, {formats.fixed(income.withheld, 2)} withheld" if income.withheld else words


def _share(board: Dashboard) -> str:
    return "" if board.cash_share is None else f"{formats.percent(board.cash_share, 1)} of value"


def _why(query: QueryDict) -> dict[str, str]:
    """Addresses of the arithmetic: what was realised is of this year, whatever interval is shown."""
    this_year, twelve_months = query.copy(), query.copy()
    this_year["interval"], twelve_months["interval"] = "ytd", "1y"
    asked = {
        "twr": query,
        "realised_short": this_year,
        "realised_long": this_year,
        "dividends": twelve_months,
        "cash": query,
    }
    return {
        key: f"{reverse('portfolios:why', args=[key])}?{parameters.urlencode()}"
        for key, parameters in asked.items()
    }
