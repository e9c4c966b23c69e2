"""The order ticket: what to trade, how it would go, and sending it once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from redis.exceptions import RedisError

from accounts.models import User
from accounts.selectors.sessions import last_proof
from common.errors import InvalidInput, NotFound
from common.htmx import page_or_part, redirect_after_post, wants_part
from portfolios.selectors.portfolios import instrument_get
from portfolios.selectors.prices import Quote as Close
from portfolios.selectors.prices import quote_on
from trading.engine.controls.verdicts import Outcome
from trading.engine.records import Quote, Side
from trading.engine.trade_requests import OrderJudged, OrderWanted, TradeRequest
from trading.forms import LOT, TicketForm
from trading.models import BrokerAccount, Order
from trading.selectors.desk import accounts_tradable, broker_accounts, instruments_tradable_like
from trading.selectors.live import quotes_told
from trading.selectors.sellable_lots import SellableLot, sellable_lots, shares_held
from trading.selectors.tax_looks import traps_shown
from trading.services.acceptance import TradeRefused, trade
from trading.services.previews import Preview, previews
from trading.services.prices import price_of
from trading.views.people import identifier, person_of, proof_needed, refused_onto
from trading.views.words import SOURCE_WORDS, control_lines, ticket_sentence

TEMPLATE = "trading/ticket.html"
ANSWERED = "confirmed"
KEY = "key"
LIVE_SECONDS = 60
DELAYED_SECONDS = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuote:
    """A price with its source and age, as the ticket shows it; `state` is a state of a price badge."""

    price: Decimal | None
    change: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    source: str
    as_of: datetime | None
    state: str


@login_required
@require_safe
def ticket(request: HttpRequest) -> HttpResponse:
    """Choose an instrument; then fill in the order. The address may say what is known already."""
    user = person_of(request)
    accounts = list(accounts_tradable(user))
    instrument_id = identifier(request, "instrument")
    if not accounts or instrument_id is None:
        return _choose(request, user, accounts)
    context = _ticket_context(request, user, accounts, instrument_id, _opening(request, accounts))
    return page_or_part(request, TEMPLATE, context, part="entry")


@login_required
@require_safe
def ticket_search(request: HttpRequest) -> HttpResponse:
    """Instruments for the letters typed so far, as a part of the ticket."""
    user = person_of(request)
    context = _found(request, user) | {"accounts": list(accounts_tradable(user))}
    return page_or_part(request, "trading/ticket_choose.html", context, part="found")


@login_required
@require_safe
def ticket_quote(request: HttpRequest, instrument_id: UUID) -> HttpResponse:
    """Bid, ask and age of the price, as a part of the ticket."""
    user = person_of(request)
    instrument = instrument_get(user, instrument_id)
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
    if wanted is None:
        return _refused(request, user, form, accounts)
    confirmed = frozenset(request.POST.getlist(ANSWERED))
    try:
        (found,) = previews(
            user, _request(wanted, confirmed), signed_in_at=last_proof(request), now=timezone.now()
        )
    except InvalidInput as refusal:
        refused_onto(form, refusal)
        return _refused(request, user, form, accounts)
    context = _page(request, user, form, accounts) | _preview_context(user, form, found, confirmed)
    return page_or_part(request, TEMPLATE, context | {KEY: str(uuid4())}, part="preview")


@login_required
@require_POST
def ticket_send(request: HttpRequest) -> HttpResponse:
    """Send the order once for its key, and lead to how it stands."""
    user = person_of(request)
    form, accounts = _bound(request, user)
    wanted = _wanted(form)
    if wanted is None:
        return _refused(request, user, form, accounts)
    account = next(one for one in accounts if one.portfolio_id == wanted.portfolio_id)
    proof_needed(request, account)
    try:
        answer = _traded(request, user, form, wanted)
    except TradeRefused as refused:
        return _turned_down(request, user, form, accounts, refused.judged[0])
    except InvalidInput as refusal:
        refused_onto(form, refusal)
        return _refused(request, user, form, accounts)
    return redirect_after_post(request, reverse("trading:order_detail", args=[answer]))


def shown_quote(symbol: str, household_id: UUID, instrument_id: UUID, now: datetime) -> ShownQuote:
    """The newest price that is told of a symbol, else the book's last close."""
    try:
        told = quotes_told([symbol]).get(symbol)
    except RedisError:
        told = None
    if told is not None and price_of(told) is not None:
        return _of_quote(told, now)
    return _of_close(quote_on(household_id, instrument_id, timezone.localdate()))


def _choose(request: HttpRequest, user: User, accounts: Sequence[BrokerAccount]) -> HttpResponse:
    context = _found(request, user) | {
        "accounts": accounts,
        "may_look": bool(accounts) or broker_accounts(user).exists(),
    }
    return render(request, "trading/ticket_choose.html", context)


def _found(request: HttpRequest, user: User) -> dict[str, Any]:
    text = request.GET.get("q", "")[:60]
    return {"text": text, "found": instruments_tradable_like(user, text), "side": _side(request)}


def _side(request: HttpRequest) -> str:
    return Side.SELL.value if request.GET.get("side") == Side.SELL.value else Side.BUY.value


def _opening(request: HttpRequest, accounts: Sequence[BrokerAccount]) -> TicketForm:
    """The ticket as the address has it; what the address does not say is the mildest choice."""
    initial = {name: value for name, value in request.GET.items() if name in TicketForm.base_fields}
    initial |= {name: value for name, value in request.GET.items() if name.startswith(LOT)}
    own = {str(one.portfolio_id) for one in accounts}
    if initial.get("portfolio") not in own:
        initial["portfolio"] = str(accounts[0].portfolio_id)
    initial["side"] = _side(request)
    return TicketForm(initial=initial, accounts=accounts)


def _bound(request: HttpRequest, user: User) -> tuple[TicketForm, list[BrokerAccount]]:
    accounts = list(accounts_tradable(user))
    if not accounts:
        raise NotFound("There is no account at a broker to trade in.", code="not-found")
    return TicketForm(request.POST, accounts=accounts), accounts


def _wanted(form: TicketForm) -> OrderWanted | None:
    """The order of the form, or None with what is wrong put onto it."""
    if not form.is_valid():
        return None
    try:
        return form.wanted()
    except InvalidInput as refusal:
        refused_onto(form, refusal)
        return None


def _request(wanted: OrderWanted, confirmed: frozenset[str]) -> TradeRequest:
    return TradeRequest(orders=(wanted,), confirmed=confirmed, origin=Order.Origin.TICKET)


def _traded(request: HttpRequest, user: User, form: TicketForm, wanted: OrderWanted) -> str:
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
    request: HttpRequest, user: User, form: TicketForm, accounts: list[BrokerAccount], judged: OrderJudged
) -> HttpResponse:
    """What a control said since the preview, with the same key: nothing was kept under it."""
    account = next(one for one in accounts if one.portfolio_id == judged.wanted.portfolio_id)
    found = Preview(
        judged=judged,
        account=account,
        amount=None if judged.price is None else judged.price * judged.wanted.ticket.quantity,
        broker=None,
        silence="The broker was not asked again.",
    )
    context = _page(request, user, form, accounts)
    context |= _preview_context(user, form, found, frozenset(request.POST.getlist(ANSWERED)))
    context |= {KEY: request.POST.get(KEY, "") or str(uuid4()), "is_turned_down": True}
    return render(request, TEMPLATE, context, status=422)


def _refused(
    request: HttpRequest, user: User, form: TicketForm, accounts: list[BrokerAccount]
) -> HttpResponse:
    """The ticket with what is wrong on it; a part of the page when that was asked for."""
    part = "trading/ticket.html#mend" if wants_part(request) else TEMPLATE
    return render(request, part, _page(request, user, form, accounts), status=422)


def _page(
    request: HttpRequest, user: User, form: TicketForm, accounts: list[BrokerAccount]
) -> dict[str, Any]:
    try:
        instrument_id = UUID(str(form.data.get("instrument", "")))
    except ValueError:
        raise InvalidInput("The ticket names no instrument.", code="invalid-input") from None
    return _ticket_context(request, user, accounts, instrument_id, form)


def _ticket_context(
    _request: HttpRequest,
    user: User,
    accounts: Sequence[BrokerAccount],
    instrument_id: UUID,
    form: TicketForm,
) -> dict[str, Any]:
    instrument = instrument_get(user, instrument_id)
    chosen = str(form["portfolio"].value() or "")
    account = next((one for one in accounts if str(one.portfolio_id) == chosen), accounts[0])
    is_sale = str(form["side"].value()) == Side.SELL.value
    household_id = account.portfolio.household_id
    now = timezone.now()
    return {
        "form": form,
        "instrument": instrument,
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
    user: User, form: TicketForm, found: Preview, confirmed: frozenset[str]
) -> dict[str, Any]:
    judged = found.judged
    lines = control_lines(judged.verdicts)
    asks = [line for line in lines if line.outcome is Outcome.ASK or line.name in confirmed]
    return {
        "preview": found,
        "judged": judged,
        "lines": lines,
        "asks": asks,
        "confirmed": confirmed,
        "passed": sum(line.outcome is Outcome.PASS for line in lines),
        "is_denied": judged.outcome is Outcome.DENY,
        "denials": [line for line in lines if line.outcome is Outcome.DENY],
        "sentence": ticket_sentence(judged.wanted.ticket, judged.contract.symbol),
        "said": form.said(),
        "wash": _wash(judged),
        "traps": traps_shown(user, judged.tax),
    }


def _wash(judged: OrderJudged) -> tuple[str, str]:
    """The wash-sale verdict as a badge and its words."""
    look = judged.tax
    if look is None:
        return "unclear", "Not checked"
    if look.lost:
        return "lost", "Lost for good"
    if look.wash_words:
        return "deferred", "Deferred"
    return "clear", "Clear"


def _of_quote(quote: Quote, now: datetime) -> ShownQuote:
    price = price_of(quote)
    age = (now - quote.as_of).total_seconds()
    is_stale = age > (DELAYED_SECONDS if quote.is_delayed else LIVE_SECONDS)
    state = "stale" if is_stale else "delayed" if quote.is_delayed else "live"
    return ShownQuote(
        price=price,
        change=None if price is None or quote.close is None else price - quote.close,
        bid=quote.bid,
        ask=quote.ask,
        source=SOURCE_WORDS[quote.source],
        as_of=quote.as_of,
        state=state,
    )


def _of_close(close: Close) -> ShownQuote:
    return ShownQuote(
        price=close.close, change=None, bid=None, ask=None,
        source=f"close of {close.day:%-d %b %Y}" if close.day else "no price is known",
        as_of=None, state="missing" if close.close is None else "close",
    )  # fmt: skip
