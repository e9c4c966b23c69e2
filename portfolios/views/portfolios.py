"""Pages of accounts: all of them, one with its holdings, and the form to open or change one."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.selectors.households import membership_of
from common import formats
from common.csv_downloads import csv_response
from common.errors import DomainError, NotFound
from common.htmx import page_or_part, redirect_after_post
from portfolios.forms.portfolios import PortfolioForm
from portfolios.models import Portfolio
from portfolios.selectors.holdings import HoldingLine, HoldingTable, holding_table
from portfolios.selectors.portfolios import portfolio_edit, portfolio_get
from portfolios.selectors.scopes import Scope, scope_of
from portfolios.selectors.valuations import AccountValue, account_values, last_day_of
from portfolios.services.book import book_derive
from portfolios.services.portfolios import (
    portfolio_close,
    portfolio_create,
    portfolio_reopen,
    portfolio_update,
)
from portfolios.services.valuations import valuations_refresh
from portfolios.views.refusals import refused_onto
from portfolios.views.scopes import person_of, scope_from, today

ZERO = Decimal(0)

# Column of the address -> what lines are sorted by; what is not known comes last.
# What the rules know of an account: a change of it changes lots, gains or wash sales.
DERIVES = ("kind", "holder_id", "relief")
SORTS: dict[str, Callable[[HoldingLine], Any]] = {
    "symbol": lambda line: line.symbol,
    "account": lambda line: line.account,
    "quantity": lambda line: line.quantity,
    "value": lambda line: line.value_base,
    "day": lambda line: line.day_change_base,
    "gain": lambda line: line.gain_base,
    "weight": lambda line: line.weight,
}
DEFAULT_SORT = "-value"
HEADER = (
    "symbol", "name", "account", "asset_class", "sector", "quantity", "price", "price_currency", "price_day",
    "price_source", "price_state", "value", "day_change", "basis", "unrealised_gain", "weight", "currency",
)  # fmt: skip


@login_required
@require_safe
def portfolio_list(request: HttpRequest) -> HttpResponse:
    """Every account with its value, and all holdings added up over them."""
    scope = scope_from(request)
    values = {} if scope is None else account_values(scope)
    as_of = last_day_of(values.values())
    table = None if scope is None or as_of is None else holding_table(scope, as_of, is_merged=True)
    context = {
        "scope": scope,
        "accounts": [] if scope is None else [_account_row(scope, key.id, values) for key in scope.accounts],
        "table": table,
        "lines": () if table is None else sorted_lines(table.lines, request.GET.get("sort")),
        "may_open": membership_of(person_of(request)) is not None,
    }
    return page_or_part(request, "portfolios/portfolio_list.html", context, part="holdings")


@login_required
@require_safe
def portfolio_detail(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """One account: its value, holdings, cash and gains."""
    user = person_of(request)
    portfolio = portfolio_get(user, portfolio_id)
    scope, table = _table_of(user, portfolio_id)
    context = {
        "portfolio": portfolio,
        "account": scope.accounts[0],
        "scope": scope,
        "table": table,
        "lines": () if table is None else sorted_lines(table.lines, request.GET.get("sort")),
        "pk_text": str(portfolio_id),
        "notes": {} if table is None else _notes(table),
        "sources": [] if table is None else _sources(table),
        "can_edit": Portfolio.objects.editable_by(user).filter(pk=portfolio_id).exists(),
    }
    return page_or_part(request, "portfolios/portfolio_detail.html", context, part="holdings")


@login_required
@require_safe
def holdings_export(request: HttpRequest, portfolio_id: UUID | None = None) -> StreamingHttpResponse:
    """The holdings of one account or of all as CSV, in the order of the page."""
    user = person_of(request)
    if portfolio_id is None:
        scope = scope_from(request)
        if scope is None:
            raise NotFound("There is no household to show.", code="not-found")
        as_of = last_day_of(account_values(scope).values())
        table = None if as_of is None else holding_table(scope, as_of)
    else:
        scope, table = _table_of(user, portfolio_id)
    about = [f"WealthAlloc holdings of {scope.label}", f"prices up to {table.as_of if table else 'none'}"]
    return csv_response(
        "holdings",
        about=about,
        now=timezone.now(),
        header=HEADER,
        rows=() if table is None else _export_rows(table, request.GET.get("sort")),
    )


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_new(request: HttpRequest) -> HttpResponse:
    """Open an account in one's own household."""
    user = person_of(request)
    membership = membership_of(user)
    if membership is None:
        raise NotFound("There is no household to open an account in.", code="not-found")
    initial = {"base_currency": membership.household.base_currency}
    form = PortfolioForm(request.POST or None, household_id=membership.household_id, initial=initial)
    if request.method == "POST" and form.is_valid():
        created = _saved(
            form,
            lambda data: portfolio_create(household_id=membership.household_id, actor_id=user.pk, **data),
        )
        if created is not None:
            messages.success(request, f"“{created.name}” was opened.")
            return redirect_after_post(request, _address(created.pk))
    return render(
        request, "portfolios/portfolio_form.html", {"form": form, "portfolio": None}, status=_status(form)
    )


@login_required
@require_http_methods(["GET", "POST"])
def portfolio_change(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """Change what is said of an account; kind, holder and way of choosing lots derive the book again."""
    user = person_of(request)
    portfolio = portfolio_edit(user, portfolio_id)
    initial = {name: getattr(portfolio, name) for name in PortfolioForm.base_fields}
    form = PortfolioForm(request.POST or None, household_id=portfolio.household_id, initial=initial)
    if request.method == "POST" and form.is_valid():
        before = [getattr(portfolio, name) for name in DERIVES]
        changed = _saved(form, lambda data: portfolio_update(portfolio=portfolio, actor_id=user.pk, **data))
        if changed is not None:
            if [getattr(changed, name) for name in DERIVES] != before:
                book_derive(household_id=changed.household_id)
                valuations_refresh(household_id=changed.household_id)
            messages.success(request, f"“{changed.name}” was saved.")
            return redirect_after_post(request, _address(portfolio_id))
    context = {"form": form, "portfolio": portfolio}
    return render(request, "portfolios/portfolio_form.html", context, status=_status(form))


@login_required
@require_POST
def portfolio_end(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """Close an account that holds nothing any more, or open it again."""
    user = person_of(request)
    portfolio = portfolio_edit(user, portfolio_id)
    if portfolio.closed_on is None:
        portfolio_close(portfolio=portfolio, day=today(), actor_id=user.pk)
        messages.success(request, f"“{portfolio.name}” is closed. Its history stays.")
    else:
        portfolio_reopen(portfolio=portfolio, actor_id=user.pk)
        messages.success(request, f"“{portfolio.name}” is open again.")
    return redirect_after_post(request, _address(portfolio_id))


def sorted_lines(lines: Iterable[HoldingLine], sort: str | None) -> list[HoldingLine]:
    """Lines in the order that the address asks for, the largest first unless it does; unknown values last."""
    wanted = sort if sort and sort.lstrip("-") in SORTS else DEFAULT_SORT
    key = SORTS[wanted.lstrip("-")]
    known = [line for line in lines if key(line) is not None]
    unknown = [line for line in lines if key(line) is None]
    return sorted(known, key=key, reverse=wanted.startswith("-")) + unknown


def _notes(table: HoldingTable) -> dict[str, str]:
    unknown = f"{table.unknown_gains} holding{'' if table.unknown_gains == 1 else 's'} not known"
    share = None if table.cash_total is None or not table.value else table.cash_total / table.value
    return {
        "value": "incomplete" if table.value is None else f"closes up to {formats.day(table.as_of)}",
        "day": "last close against the one before",
        "gain": unknown if table.unknown_gains else "value less basis",
        "cash": f"{formats.percent(share, 1)} of value" if share is not None else "",
    }


def _sources(table: HoldingTable) -> list[tuple[str, int]]:
    """Where the prices come from, with how many positions each has."""
    return Counter(line.quote.source for line in table.lines if line.quote.source).most_common()


def _table_of(user: Any, portfolio_id: UUID) -> tuple[Scope, HoldingTable | None]:
    scope = scope_of(user, portfolio_ids=[portfolio_id])
    if scope is None:
        raise NotFound("There is no such account.", code="not-found")
    as_of = last_day_of(account_values(scope).values())
    return scope, None if as_of is None else holding_table(scope, as_of)


def _account_row(scope: Scope, key: UUID, values: dict[UUID, AccountValue]) -> dict[str, Any]:
    account = next(account for account in scope.accounts if account.id == key)
    return {"account": account, "value": values.get(key)}


def _export_rows(table: HoldingTable, sort: str | None) -> Iterator[tuple[Any, ...]]:
    for line in sorted_lines(table.lines, sort):
        quote = line.quote
        yield (
            line.symbol, line.name, line.account, line.asset_class, line.sector, line.quantity, quote.close,
            line.currency, quote.day, quote.source, quote.state.value, line.value_base, line.day_change_base,
            line.basis_base, line.gain_base, line.weight, table.currency,
        )  # fmt: skip
    for cash in table.cash:
        yield (
            cash.currency, "Cash", cash.account, "cash", "", cash.amount, None, cash.currency, None, "", "",
            cash.amount_base, None, None, None, cash.weight, table.currency,
        )  # fmt: skip


def _saved(form: PortfolioForm, save: Callable[[dict[str, Any]], Portfolio]) -> Portfolio | None:
    """What the service made of the form, or None with its refusal on the form."""
    try:
        return save(form.cleaned_data)
    except DomainError as refusal:
        refused_onto(form, refusal)
        return None


def _status(form: PortfolioForm) -> int:
    return 422 if form.is_bound and form.errors else 200


def _address(portfolio_id: UUID) -> str:
    return reverse("portfolios:portfolio_detail", args=[portfolio_id])
