"""The order ticket: how an order would go, and sending it once."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.selectors.sessions import last_proof
from common.errors import InvalidInput, NotFound
from common.htmx import page_or_part, redirect_after_post, wants_part
from trading.engine.records import Side
from trading.engine.trade_requests import OrderWanted, TradeRequest
from trading.forms.ticket import LOT, TicketForm
from trading.models import BrokerAccount, Order
from trading.selectors.desk import accounts_tradable
from trading.selectors.instruments import has_page, instrument_tradable
from trading.selectors.sellable_lots import SellableLot, sellable_lots, shares_held
from trading.selectors.tax_looks import traps_shown
from trading.services.acceptance import TradeRefused, trade
from trading.services.previews import previews
from trading.views.people import identifier, person_of, refused_onto
from trading.views.quotes import shown_quote
from trading.views.shown_orders import (
    ANSWERED,
    ShownOrder,
    confirmation_of,
    proofs_needed,
    shown_order,
    turned_down,
)
from trading.views.ticket_choose import choose, side_wanted

TEMPLATE = "trading/ticket.html"
KEY = "key"


@login_required
@require_safe
def ticket(request: HttpRequest) -> HttpResponse:
    """Choose an instrument; then fill in the order. The address may say what is known already."""
    user = person_of(request)
    accounts = list(accounts_tradable(user))
    instrument_id = identifier(request, "instrument")
    if not accounts or instrument_id is None:
        return choose(request, user, accounts)
    context = _ticket_context(user, accounts, instrument_id, _opening(request, accounts))
    return page_or_part(request, TEMPLATE, context, part="entry")


@login_required
@require_safe
def ticket_quote(request: HttpRequest, instrument_id: UUID) -> HttpResponse:
    """Bid, ask and age of the price, as a part of the ticket."""
    user = person_of(request)
    instrument = instrument_tradable(user, instrument_id)
    accounts = list(accounts_tradable(user))
    if not accounts:
        raise NotFound("There is no account at a broker to trade in.", code="not-found")
    chosen = request.GET.get("portfolio", "")
    account = next((one for one in accounts if str(one.portfolio_id) == chosen), accounts[0])
    quote = shown_quote(instrument.symbol, account.portfolio.household_id, instrument_id, timezone.now())
    context = {"instrument": instrument, "account": account, "quote": quote}
    return render(request, f"{TEMPLATE}#quote", context)


@login_required
@require_POST
def ticket_preview(request: HttpRequest) -> HttpResponse:
    """How the order would go: cost, lots, tax and every control; nothing is kept."""
    user = person_of(request)
    form, accounts = _bound(request, user)
    wanted = _wanted(form)
    if not wanted:
        return _refused(request, user, form, accounts)
    confirmed = frozenset(request.POST.getlist(ANSWERED))
    try:
        found = previews(
            user, _request(wanted, confirmed), signed_in_at=last_proof(request), now=timezone.now()
        )
    except InvalidInput as refusal:
        refused_onto(form, _of_fields(refusal, form))
        return _refused(request, user, form, accounts)
    context = _page(user, form, accounts)
    context |= _preview_context(user, form, [shown_order(one) for one in found], confirmed)
    return page_or_part(request, TEMPLATE, context | {KEY: str(uuid4())}, part="preview")


@login_required
@require_POST
def ticket_send(request: HttpRequest) -> HttpResponse:
    """Send the order once for its key, and lead to how it stands."""
    user = person_of(request)
    form, accounts = _bound(request, user)
    wanted = _wanted(form)
    if not wanted:
        return _refused(request, user, form, accounts)
    proofs_needed(request, accounts, {wanted[0].portfolio_id})
    try:
        answer = _traded(request, user, form, wanted)
    except TradeRefused as refused:
        return _turned_down(request, user, form, accounts, turned_down(refused.judged, accounts))
    except InvalidInput as refusal:
        refused_onto(form, _of_fields(refusal, form))
        return _refused(request, user, form, accounts)
    return redirect_after_post(request, reverse("trading:order_detail", args=[answer]))


def _opening(request: HttpRequest, accounts: Sequence[BrokerAccount]) -> TicketForm:
    """The ticket as the address has it; what the address does not say is the mildest choice."""
    initial = {name: value for name, value in request.GET.items() if name in TicketForm.base_fields}
    initial |= {name: value for name, value in request.GET.items() if name.startswith(LOT)}
    own = {str(one.portfolio_id) for one in accounts}
    if initial.get("portfolio") not in own:
        initial["portfolio"] = str(accounts[0].portfolio_id)
    initial["side"] = side_wanted(request)
    return TicketForm(initial=initial, accounts=accounts)


def _bound(request: HttpRequest, user: User) -> tuple[TicketForm, list[BrokerAccount]]:
    accounts = list(accounts_tradable(user))
    if not accounts:
        raise NotFound("There is no account at a broker to trade in.", code="not-found")
    return TicketForm(request.POST, accounts=accounts), accounts


def _wanted(form: TicketForm) -> tuple[OrderWanted, ...]:
    """The order of the form and its exits, or nothing, with what is wrong put onto the form."""
    if not form.is_valid():
        return ()
    try:
        # Orders of one group end each other for good: every pair of exits has a group of its own.
        return form.orders(f"exit-{uuid4().hex}")
    except InvalidInput as refusal:
        refused_onto(form, refusal)
        return ()


def _request(wanted: tuple[OrderWanted, ...], confirmed: frozenset[str]) -> TradeRequest:
    return TradeRequest(orders=wanted, confirmed=confirmed, origin=Order.Origin.TICKET)


def _of_fields(refusal: InvalidInput, form: TicketForm) -> InvalidInput:
    """The refusal by the fields of the ticket, where several orders are named by their place."""
    fields: dict[str, list[str]] = {}
    exits = form.exit_fields()
    for name, sentences in refusal.fields.items():
        place, _, rest = name.removeprefix("orders.").partition(".")
        own = rest if place.isdigit() and rest else name
        if own is rest and own.endswith("_price"):
            own = exits[int(place)] or own
        fields.setdefault(own, []).extend(sentences)
    unique = {name: list(dict.fromkeys(sentences)) for name, sentences in fields.items()}
    return InvalidInput(refusal.detail, code=refusal.code, fields=unique)


def _traded(request: HttpRequest, user: User, form: TicketForm, wanted: tuple[OrderWanted, ...]) -> str:
    """The key of the order that was accepted, now or when it was sent before."""
    answer = trade(
        user,
        _request(wanted, frozenset(request.POST.getlist(ANSWERED))),
        key=request.POST.get(KEY, ""),
        content=form.said(),
        render=lambda orders: {"order": str(orders[0].pk)},
        signed_in_at=last_proof(request),
        now=timezone.now(),
    )
    return str(answer.body["order"])


def _turned_down(
    request: HttpRequest,
    user: User,
    form: TicketForm,
    accounts: list[BrokerAccount],
    orders: list[ShownOrder],
) -> HttpResponse:
    """What a control said since the preview, with the same key: nothing was kept under it."""
    context = _page(user, form, accounts)
    context |= _preview_context(user, form, orders, frozenset(request.POST.getlist(ANSWERED)))
    context |= {KEY: request.POST.get(KEY, "") or str(uuid4()), "is_turned_down": True}
    return render(request, TEMPLATE, context, status=422)


def _refused(
    request: HttpRequest, user: User, form: TicketForm, accounts: list[BrokerAccount]
) -> HttpResponse:
    """The ticket with what is wrong on it; a part of the page when that was asked for."""
    part = "trading/ticket.html#mend" if wants_part(request) else TEMPLATE
    return render(request, part, _page(user, form, accounts), status=422)


def _page(user: User, form: TicketForm, accounts: list[BrokerAccount]) -> dict[str, Any]:
    try:
        instrument_id = UUID(str(form.data.get("instrument", "")))
    except ValueError:
        raise InvalidInput("The ticket names no instrument.", code="invalid-input") from None
    return _ticket_context(user, accounts, instrument_id, form)


def _ticket_context(
    user: User, accounts: Sequence[BrokerAccount], instrument_id: UUID, form: TicketForm
) -> dict[str, Any]:
    instrument = instrument_tradable(user, instrument_id)
    chosen = str(form["portfolio"].value() or "")
    account = next((one for one in accounts if str(one.portfolio_id) == chosen), accounts[0])
    is_sale = str(form["side"].value()) == Side.SELL.value
    household_id = account.portfolio.household_id
    now = timezone.now()
    return {
        "form": form,
        "instrument": instrument,
        "has_page": has_page(user, instrument),
        "account": account,
        "accounts": accounts,
        "is_sale": is_sale,
        "held": shares_held(user, account.portfolio_id, instrument_id),
        "lots": _lots(form, sellable_lots(user, account.portfolio_id, instrument_id)) if is_sale else [],
        "quote": shown_quote(instrument.symbol, household_id, instrument_id, now),
    }


def _lots(form: TicketForm, lots: Sequence[SellableLot]) -> list[dict[str, Any]]:
    given = form.data if form.is_bound else form.initial
    today = timezone.localdate()
    return [
        {
            "lot": lot,
            "field": f"{LOT}{lot.lot_id.hex}",
            "taken": given.get(f"{LOT}{lot.lot_id.hex}", ""),
            "is_long": lot.is_long(today),
            "days": (lot.long_on - today).days if lot.long_on else None,
        }
        for lot in lots
    ]


def _preview_context(
    user: User, form: TicketForm, orders: Sequence[ShownOrder], confirmed: frozenset[str]
) -> dict[str, Any]:
    """The first order in full, what comes with it, and what has to be answered for all."""
    return {
        "order": orders[0],
        "exits": orders[1:],
        "gains": [] if form.is_pair else [(one, _gain(orders[0], one)) for one in orders[1:]],
        "pair": [(one, _reckoned(one)) for one in orders] if form.is_pair else [],
        "confirmation": confirmation_of(orders, confirmed),
        "confirmed": confirmed,
        "said": form.said(),
        "traps": traps_shown(user, orders[0].judged.tax),
    }


def _gain(entry: ShownOrder, sale: ShownOrder) -> Decimal | None:
    """What a purchase and the sale that follows it bring, without commissions."""
    cost, proceeds = entry.preview.amount, _reckoned(sale)
    return None if cost is None or proceeds is None else proceeds - cost


def _reckoned(sale: ShownOrder) -> Decimal | None:
    """An exit at its own price, which the market need not have reached yet."""
    ticket = sale.judged.wanted.ticket
    price = ticket.limit_price or ticket.stop_price
    return None if price is None else price * ticket.quantity
