"""Pages of orders: the blotter with its three lists, one order with its life, cancelling and changing."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.selectors.sessions import last_proof
from common.csv_downloads import csv_response
from common.errors import Conflict, DomainError, NotFound
from common.htmx import page_or_part, redirect_after_post
from trading.engine.records import OrderState
from trading.forms.desk import ChangeForm
from trading.models import Execution, Order
from trading.selectors.desk import (
    broker_accounts,
    day_begins,
    fills_since,
    may_trade_order,
    order_get,
    order_list,
    orders_open,
    tradable_ids,
)
from trading.selectors.tickets import ticket_of
from trading.services.acceptance import TradeRefused
from trading.services.order_wishes import order_cancel, order_change
from trading.views.people import identifier, person_of, proof_needed, refused_onto
from trading.views.quotes import shown_quote
from trading.views.words import (
    STATE_BADGES,
    STATE_WORDS,
    control_lines,
    event_title,
    lasts_words,
    life_of,
    prices_words,
    ticket_sentence,
)

VIEWS = (("open", "Open"), ("fills", "Fills today"), ("history", "History"))
PAGE = 50
WORKING = {OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED}
HEADER = (
    "id", "placed", "account", "symbol", "side", "quantity", "type", "time_in_force", "limit_price",
    "stop_price", "state", "filled", "average_price", "currency",
)  # fmt: skip


class OrderFilter(django_filters.FilterSet):  # type: ignore[misc] # the package ships no types
    """The filter of the orders; its state is the query string, so a view can be bookmarked."""

    symbol = django_filters.CharFilter(field_name="instrument__symbol", lookup_expr="iexact", label="Symbol")
    state = django_filters.ChoiceFilter(
        choices=[(state.value, words) for state, words in STATE_WORDS.items()],
        label="State",
        empty_label="All states",
    )
    day = django_filters.DateFilter(
        method="filter_day",
        label="Placed on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    basket = django_filters.UUIDFilter(field_name="basket_id", widget=forms.HiddenInput)

    class Meta:
        """Orders; the fields are declared above."""

        model = Order
        fields: tuple[str, ...] = ()

    def filter_day(self, queryset: QuerySet[Order], _name: str, value: date) -> QuerySet[Order]:
        """Orders that were placed on a day."""
        return queryset.filter(created_at__date=value)

    @property
    def is_active(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.form.cleaned_data.get(name) for name in self.filters) if self.is_valid() else False


@login_required
@require_safe
def blotter(request: HttpRequest) -> HttpResponse:
    """Orders that are open, fills of the day, and all orders; each by the account that the address names."""
    user, view = person_of(request), _view(request)
    portfolio_id = _account(request, user)
    found = _filtered(request, user, view, portfolio_id)
    context: dict[str, Any] = {
        "view": view,
        "views": VIEWS,
        "filter": found,
        "accounts": list(broker_accounts(user)),
        "query": request.GET.urlencode(),
        "address": request.get_full_path(),
        "portfolio": str(portfolio_id or ""),
    }
    context |= _fills(user, portfolio_id) if view == "fills" else _orders(request, user, found)
    return page_or_part(request, "trading/blotter.html", context, part="list")


@login_required
@require_safe
def orders_export(request: HttpRequest) -> StreamingHttpResponse:
    """Exactly the orders of the list, as CSV."""
    user, view = person_of(request), _view(request)
    rows = _filtered(request, user, view, _account(request, user)).qs
    return csv_response(
        "orders",
        about=[
            f"WealthAlloc orders, {dict(VIEWS)[view].lower()}",
            f"filter: {request.GET.urlencode() or 'none'}",
        ],
        now=timezone.now(),
        header=HEADER,
        rows=_export_rows(rows),
    )


@login_required
@require_safe
def order_detail(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One order: how it stands, its life, its fills, its whole history."""
    user = person_of(request)
    context = _detail(user, order_get(user, order_id))
    return page_or_part(request, "trading/order_detail.html", context, part="status")


@login_required
@require_POST
def order_cancel_view(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Ask for the cancellation of an order."""
    user = person_of(request)
    order = order_cancel(user, order_id, now=timezone.now())
    is_over = OrderState(order.state).is_final
    words = "Cancelled. It was not sent." if is_over else "Cancellation wanted. The broker has the last word."
    messages.success(request, words)
    return redirect_after_post(request, reverse("trading:order_detail", args=[order_id]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def order_change_view(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Another quantity or price for an order that works; all controls judge it again."""
    user = person_of(request)
    order = order_get(user, order_id)
    if not may_trade_order(user, order):
        raise NotFound("There is no such order.", code="not-found")
    form = ChangeForm(request.POST if request.method == "POST" else None, order=order)
    household_id, symbol = order.portfolio.household_id, order.instrument.symbol
    quote = shown_quote(symbol, household_id, order.instrument_id, timezone.now())
    context: dict[str, Any] = {"order": order, "form": form, "sentence": _sentence(order), "quote": quote}
    if request.method == "POST" and form.is_valid():
        proof_needed(request, order.account)
        try:
            _changed(request, user, order, form)
        except TradeRefused as refused:
            lines = control_lines(refused.judged[0].verdicts)
            context |= {
                "lines": [line for line in lines if line.outcome != "pass"],
                "asks": [line for line in lines if line.outcome == "ask"],
            }
            form.add_error(None, refused.detail)
        except (DomainError, Conflict) as refusal:
            refused_onto(form, refusal)
        else:
            return redirect_after_post(request, reverse("trading:order_detail", args=[order_id]))
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "trading/order_change.html", context, status=status)


def _changed(request: HttpRequest, user: User, order: Order, form: ChangeForm) -> None:
    order_change(
        user,
        order.pk,
        form.changes(),
        signed_in_at=last_proof(request),
        now=timezone.now(),
        confirmed=frozenset(request.POST.getlist("confirmed")),
    )


def _view(request: HttpRequest) -> str:
    wanted = request.GET.get("view", "open")
    return wanted if wanted in dict(VIEWS) else "open"


def _account(request: HttpRequest, user: User) -> UUID | None:
    """The account that the address names. Raises NotFound for one that is not there to be seen."""
    portfolio_id = identifier(request, "portfolio")
    if portfolio_id is not None and not broker_accounts(user).filter(portfolio_id=portfolio_id).exists():
        raise NotFound("There is no such account at a broker.", code="not-found")
    return portfolio_id


def _filtered(request: HttpRequest, user: User, view: str, portfolio_id: UUID | None) -> OrderFilter:
    rows = orders_open(user) if view == "open" else order_list(user)
    if portfolio_id is not None:
        rows = rows.filter(portfolio_id=portfolio_id)
    return OrderFilter(request.GET, queryset=rows)


def _orders(request: HttpRequest, user: User, found: OrderFilter) -> dict[str, Any]:
    page = Paginator(found.qs, PAGE).get_page(request.GET.get("page"))
    rows: list[Order] = list(page)
    tradable = tradable_ids(user, rows)
    return {"page": page, "rows": [_row(order, may_trade=order.pk in tradable) for order in rows]}


def _fills(user: User, portfolio_id: UUID | None) -> dict[str, Any]:
    rows = fills_since(user, day_begins(timezone.now()))
    if portfolio_id is not None:
        rows = rows.filter(portfolio_id=portfolio_id)
    return {"fills": list(rows[:PAGE])}


def _row(order: Order, *, may_trade: bool) -> dict[str, Any]:
    state = OrderState(order.state)
    ticket = ticket_of(order)
    kind, icon = STATE_BADGES[state]
    return {
        "order": order,
        "kind": prices_words(ticket),
        "lasts": lasts_words(ticket),
        "state": STATE_WORDS[state],
        "badge": kind,
        "icon": icon,
        "is_open": not state.is_final,
        "waits": order.parent is not None and order.parent.state != OrderState.FILLED and not state.is_final,
        "may_cancel": may_trade and not state.is_final and order.cancel_wanted_at is None,
        "may_change": may_trade and state in WORKING and order.cancel_wanted_at is None,
    }


def _detail(user: User, order: Order) -> dict[str, Any]:
    fills: list[Execution] = list(order.executions.all())
    events = [{"event": event, "title": event_title(event)} for event in order.events.all()]
    return _row(order, may_trade=may_trade_order(user, order)) | {
        "life": life_of(order, fills),
        "fills": fills,
        "history": events[::-1],
        "lines": control_lines(order.verdicts),
        "sentence": _sentence(order),
        "is_unknown": order.state == OrderState.UNKNOWN,
        "children": list(order.children.all()),
        "named_lots": [(lot["lot_id"], Decimal(lot["quantity"])) for lot in order.lots],
    }


def _sentence(order: Order) -> str:
    return ticket_sentence(ticket_of(order), order.instrument.symbol)


def _export_rows(rows: QuerySet[Order]) -> Iterator[tuple[Any, ...]]:
    for row in rows.iterator(chunk_size=2000):
        yield (
            row.pk, row.created_at, row.portfolio.name, row.instrument.symbol, row.side, row.quantity,
            row.kind, row.time_in_force, row.limit_price, row.stop_price, row.state, row.filled,
            row.average_price, row.currency,
        )  # fmt: skip
