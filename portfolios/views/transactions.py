"""Pages of the ledger: its list with a filter in the address, one row with its lineage, a row by hand."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from common.csv_downloads import csv_response
from common.errors import DomainError, InvalidInput
from common.htmx import page_or_part, redirect_after_post
from portfolios.forms.transactions import EntryForm, ReversalForm, TransactionFilter
from portfolios.models import Portfolio, Transaction
from portfolios.selectors.lot_selections import choosing_ends
from portfolios.selectors.portfolios import may_record, portfolio_edit
from portfolios.selectors.transactions import transaction_lineage, transaction_list, transaction_page
from portfolios.services.entries import transaction_enter, transaction_take_back
from portfolios.views.refusals import refused_onto
from portfolios.views.scopes import identifier, person_of, scope_from, today

HEADER = (
    "id", "account", "kind", "trade_date", "settle_date", "symbol", "name", "quantity", "price", "amount",
    "fees", "currency", "fx_rate", "state", "source", "source_line", "note",
)  # fmt: skip


@login_required
@require_safe
def transactions(request: HttpRequest) -> HttpResponse:
    """The ledger, newest first, narrowed by what the address says."""
    user = person_of(request)
    found = _filtered(request, user)
    page = transaction_page(found.qs, cursor=request.GET.get("cursor", ""))
    query = request.GET.copy()
    query.pop("cursor", None)
    following = ""
    if page.following:
        more = query.copy()
        more["cursor"] = page.following
        following = f"?{more.urlencode()}"
    context = {
        "filter": found,
        "page": page,
        "following": following,
        "query": query.urlencode(),
        "is_continued": bool(request.GET.get("cursor")),
        "is_empty": not page.rows and not found.is_active and not transaction_list(user).exists(),
        "may_record": may_record(user),
    }
    part = "rows" if request.GET.get("cursor") else "list"
    return page_or_part(request, "portfolios/transaction_list.html", context, part=part)


@login_required
@require_safe
def transactions_export(request: HttpRequest) -> StreamingHttpResponse:
    """Exactly the rows of the list, as CSV."""
    user = person_of(request)
    found = _filtered(request, user)
    scope = scope_from(request)
    rows = found.qs
    portfolio = found.form.cleaned_data.get("portfolio") if found.is_valid() else None
    account = portfolio.name if portfolio else (scope.label if scope else "none")
    return csv_response(
        "transactions",
        about=[f"WealthAlloc transactions of {account}", f"filter: {found.words}"],
        now=timezone.now(),
        header=HEADER,
        rows=_export_rows(rows),
    )


@login_required
@require_safe
def transaction_detail(request: HttpRequest, transaction_id: UUID) -> HttpResponse:
    """One row: what the source said, what it opened and closed, and what took it back."""
    lineage = transaction_lineage(person_of(request), transaction_id)
    return _detail(request, lineage, ReversalForm())


@login_required
@require_http_methods(["GET", "POST"])
def transaction_new(request: HttpRequest) -> HttpResponse:
    """Enter a row by hand."""
    user = person_of(request)
    accounts = Portfolio.objects.editable_by(user).filter(closed_on__isnull=True).order_by("created_at")
    if request.method == "POST":
        form = EntryForm(request.POST, portfolios=accounts)
        if form.is_valid():
            entered = _entered(form, user)
            if entered is not None:
                messages.success(request, "Recorded. Lots, holdings and values were derived again.")
                return redirect_after_post(request, _address(entered.pk))
        return render(request, "portfolios/transaction_form.html", {"form": form}, status=422)
    chosen = identifier(request, "portfolio")
    portfolio = portfolio_edit(user, chosen) if chosen else accounts.first()
    initial = {
        "trade_date": today(),
        "portfolio": portfolio,
        "currency": portfolio.base_currency if portfolio else "USD",
        "symbol": request.GET.get("symbol", ""),
        "kind": request.GET.get("kind", "buy"),
    }
    form = EntryForm(portfolios=accounts, initial=initial)
    return render(
        request, "portfolios/transaction_form.html", {"form": form, "has_accounts": portfolio is not None}
    )


@login_required
@require_POST
def transaction_undo(request: HttpRequest, transaction_id: UUID) -> HttpResponse:
    """Take a row back with a row that says so."""
    user = person_of(request)
    lineage = transaction_lineage(user, transaction_id)
    # Whoever may only look gets the same answer as for a row that is not there.
    portfolio_edit(user, lineage.transaction.portfolio_id)
    form = ReversalForm(request.POST)
    if form.is_valid():
        try:
            transaction_take_back(
                transaction=lineage.transaction, reason=form.cleaned_data["reason"], actor_id=user.pk
            )
        except InvalidInput as refusal:
            refused_onto(form, refusal)
        else:
            messages.success(request, "Taken back. Both rows stay in the ledger; the book was derived again.")
            return redirect_after_post(request, _address(transaction_id))
    return _detail(request, lineage, form, status=422)


def _detail(request: HttpRequest, lineage: Any, form: ReversalForm, status: int = 200) -> HttpResponse:
    context = {
        "lineage": lineage,
        "row": lineage.transaction,
        "source_row": sorted((lineage.transaction.source_row or {}).items()),
        "form": form,
        "choosing_ends": choosing_ends(lineage.transaction, timezone.now()),
    }
    return render(request, "portfolios/transaction_detail.html", context, status=status)


def _filtered(request: HttpRequest, user: User) -> TransactionFilter:
    visible = Portfolio.objects.visible_to(user).order_by("created_at")
    return TransactionFilter(request.GET, queryset=transaction_list(user), portfolios=visible)


def _entered(form: EntryForm, user: User) -> Transaction | None:
    try:
        return transaction_enter(
            portfolio=form.cleaned_data["portfolio"], entry=form.entry(), actor_id=user.pk
        )
    except DomainError as refusal:
        refused_onto(form, refusal)
        return None


def _export_rows(rows: QuerySet[Transaction]) -> Iterator[tuple[Any, ...]]:
    for row in rows.iterator(chunk_size=2000):
        yield (
            row.pk, row.portfolio.name, row.kind, row.trade_date, row.settle_date,
            row.instrument.symbol if row.instrument else "", row.instrument.name if row.instrument else "",
            row.quantity, row.price, row.amount, row.fees, row.currency, row.fx_rate, state_of(row),
            row.source, row.source_line, row.note,
        )  # fmt: skip


def state_of(row: Transaction) -> str:
    """Whether a row counts, was taken back, or takes another back."""
    if row.reverses_id is not None:
        return "reversal"
    return "reversed" if getattr(row, "reversal", None) is not None else "in effect"


def _address(transaction_id: UUID) -> str:
    return reverse("portfolios:transaction_detail", args=[transaction_id])
