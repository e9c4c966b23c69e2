"""The basket: several orders that are judged together, accepted together, or not at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.selectors.sessions import last_proof
from common.errors import InvalidInput, NotFound
from common.htmx import redirect_after_post
from trading.engine.controls.buying_power import NAME as BUYING_POWER
from trading.engine.controls.verdicts import Outcome
from trading.engine.trade_requests import OrderWanted, TradeRequest
from trading.forms.basket import MOST_ROWS, Basket
from trading.models import BrokerAccount, Order
from trading.selectors.desk import accounts_tradable, instrument_of_symbol, symbols_tradable
from trading.services.acceptance import TradeRefused, trade
from trading.services.previews import previews
from trading.views.people import person_of
from trading.views.shown_orders import (
    ANSWERED,
    ShownOrder,
    confirmation_of,
    proofs_needed,
    shown_order,
    turned_down,
)
from trading.views.ticket_choose import choose

TEMPLATE = "trading/basket.html"
KEY = "key"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketSum:
    """What a basket's orders in one currency come to, without commissions; None where one has no price."""

    currency: str
    bought: Decimal | None
    sold: Decimal | None

    @property
    def cash(self) -> Decimal | None:
        """What comes in, negative for what leaves."""
        return None if self.bought is None or self.sold is None else self.sold - self.bought


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def basket(request: HttpRequest) -> HttpResponse:
    """The rows, with one more or one less where that was asked for; nothing is judged yet."""
    user = person_of(request)
    accounts = list(accounts_tradable(user))
    if not accounts:
        return choose(request, user, accounts)  # it says what is missing
    if request.method != "POST":
        return render(request, TEMPLATE, _page(user, _opening(request, accounts)))
    rows = Basket(request.POST.dict(), accounts=accounts, is_sent=False)
    place = request.POST.get("remove", "")
    if place.isascii() and place.isdigit():
        return render(request, TEMPLATE, _page(user, rows.without_row(int(place))))
    if "add" in request.POST:
        rows = rows.with_row()
        rows.rows[-1].fields["symbol"].widget.attrs["autofocus"] = True
    return render(request, TEMPLATE, _page(user, rows))


@login_required
@require_POST
def basket_preview(request: HttpRequest) -> HttpResponse:
    """How all orders would go, one after the other; nothing is kept."""
    user, accounts = _trader(request)
    rows = Basket(request.POST.dict(), accounts=accounts)
    wanted = _wanted(user, rows)
    if not wanted:
        return _refused(request, user, rows)
    confirmed = frozenset(request.POST.getlist(ANSWERED))
    try:
        found = previews(
            user, _request(wanted, confirmed), signed_in_at=last_proof(request), now=timezone.now()
        )
    except InvalidInput as refusal:
        return _refused(request, user, rows, rows.refuse(refusal))
    context = _preview_context(user, rows, [shown_order(one) for one in found], confirmed)
    return render(request, TEMPLATE, context | {KEY: str(uuid4())})


@login_required
@require_POST
def basket_send(request: HttpRequest) -> HttpResponse:
    """Send all orders once for their key, and lead to how they stand."""
    user, accounts = _trader(request)
    rows = Basket(request.POST.dict(), accounts=accounts)
    wanted = _wanted(user, rows)
    if not wanted:
        return _refused(request, user, rows)
    proofs_needed(request, accounts, {one.portfolio_id for one in wanted})
    confirmed = frozenset(request.POST.getlist(ANSWERED))
    try:
        answer = trade(
            user,
            _request(wanted, confirmed, rows.origin_id),
            key=request.POST.get(KEY, ""),
            content=rows.said(),
            render=_kept,
            signed_in_at=last_proof(request),
            now=timezone.now(),
        )
    except TradeRefused as refused:
        context = _preview_context(user, rows, turned_down(refused.judged, accounts), confirmed)
        context |= {KEY: request.POST.get(KEY, "") or str(uuid4()), "is_turned_down": True}
        return render(request, TEMPLATE, context, status=422)
    except InvalidInput as refusal:
        return _refused(request, user, rows, rows.refuse(refusal))
    return redirect_after_post(request, rows.back or _address(answer.body))


def _opening(request: HttpRequest, accounts: Sequence[BrokerAccount]) -> Basket:
    """A basket as it opens: with the rows that the address names, or with one that it says something of."""
    given = request.GET.dict()
    laid = Basket(given, accounts=accounts, is_sent=False)
    return laid if laid.filled else Basket.opening(given, accounts=accounts)


def _trader(request: HttpRequest) -> tuple[User, list[BrokerAccount]]:
    user = person_of(request)
    accounts = list(accounts_tradable(user))
    if not accounts:
        raise NotFound("There is no account at a broker to trade in.", code="not-found")
    return user, accounts


def _wanted(user: User, rows: Basket) -> tuple[OrderWanted, ...]:
    """The orders of the rows, or nothing, with what is wrong said on them."""
    return rows.wanted(partial(instrument_of_symbol, user)) if rows.is_valid() else ()


def _request(
    wanted: tuple[OrderWanted, ...], confirmed: frozenset[str], origin_id: UUID | None = None
) -> TradeRequest:
    return TradeRequest(orders=wanted, confirmed=confirmed, origin=Order.Origin.BASKET, origin_id=origin_id)


def _kept(orders: Sequence[Order]) -> dict[str, str]:
    """Where the orders are found again: together, or the only one by itself."""
    first = orders[0]
    return {"basket": str(first.basket_id or ""), "order": str(first.pk)}


def _address(body: Mapping[str, Any]) -> str:
    if not body["basket"]:
        return reverse("trading:order_detail", args=[body["order"]])
    return f"{reverse('trading:blotter')}?view=history&basket={body['basket']}"


def _refused(request: HttpRequest, user: User, rows: Basket, sentences: Sequence[str] = ()) -> HttpResponse:
    """The rows with what is wrong on them."""
    about_all = list(sentences) if rows.filled else ["Fill in at least one order."]
    context = _page(user, rows) | {"problems": about_all, "has_problems": True}
    return render(request, TEMPLATE, context, status=422)


def _page(user: User, rows: Basket) -> dict[str, Any]:
    return {
        "basket": rows,
        "symbols": symbols_tradable(user),
        "may_add": len(rows.rows) < MOST_ROWS,
        "most": MOST_ROWS,
    }


def _preview_context(
    user: User, rows: Basket, orders: Sequence[ShownOrder], confirmed: frozenset[str]
) -> dict[str, Any]:
    return _page(user, rows) | {
        "orders": orders,
        "sums": _sums(orders),
        "confirmation": confirmation_of(orders, confirmed),
        "waits_for_sales": _waits_for_sales(orders),
        "confirmed": confirmed,
        "said": rows.said(),
    }


def _waits_for_sales(orders: Sequence[ShownOrder]) -> bool:
    """Whether a purchase lacks money in a basket that sells too: what a sale brings counts once it filled."""
    lacks = any(
        verdict.name == BUYING_POWER and verdict.outcome is Outcome.DENY
        for order in orders
        for verdict in order.judged.verdicts
    )
    return lacks and any(order.is_sale for order in orders)


def _sums(orders: Sequence[ShownOrder]) -> list[BasketSum]:
    by_currency: defaultdict[str, list[ShownOrder]] = defaultdict(list)
    for order in orders:
        by_currency[order.judged.contract.currency].append(order)
    return [
        BasketSum(
            currency=currency,
            bought=_total([one for one in found if not one.is_sale]),
            sold=_total([one for one in found if one.is_sale]),
        )
        for currency, found in sorted(by_currency.items())
    ]


def _total(orders: Sequence[ShownOrder]) -> Decimal | None:
    amounts = [one.preview.amount for one in orders]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if len(known) == len(amounts) else None
