"""Choosing what to trade: in the book, and at the broker where the book does not hold it yet."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from common.errors import Conflict, InvalidInput, NotFound
from common.htmx import page_or_part, redirect_after_post
from trading.engine.records import Side
from trading.forms.desk import AdoptForm
from trading.models import BrokerAccount
from trading.selectors.desk import accounts_tradable, broker_accounts, instruments_tradable_like
from trading.services.broker_search import SHORTEST, broker_search, instrument_adopt
from trading.views.people import person_of

TEMPLATE = "trading/ticket_choose.html"
LONGEST = 60


@login_required
@require_safe
def ticket_search(request: HttpRequest) -> HttpResponse:
    """Instruments for the letters typed so far, as a part of the ticket."""
    user = person_of(request)
    context = _found(request, user) | {"accounts": list(accounts_tradable(user))}
    return page_or_part(request, TEMPLATE, context, part="found")


@login_required
@require_safe
def ticket_broker_search(request: HttpRequest) -> HttpResponse:
    """What the broker knows for the letters and the book does not, as a part of the ticket."""
    user = person_of(request)
    accounts = list(accounts_tradable(user))
    context = _found(request, user) | {"accounts": accounts, "may_look": True, "is_asked": True}
    if accounts and context["is_long"]:
        account, found = broker_search(user, accounts, context["text"])
        context |= {"asked": account, "broker": found}
    return page_or_part(request, TEMPLATE, context, part="broker")


@login_required
@require_POST
def ticket_adopt(request: HttpRequest) -> HttpResponse:
    """Take over what the broker found, and lead to its ticket."""
    user = person_of(request)
    form = AdoptForm(request.POST)
    accounts = {one.portfolio_id: one for one in accounts_tradable(user)}
    if not form.is_valid() or (account := accounts.get(form.cleaned_data["portfolio"])) is None:
        raise NotFound("There is no such account at a broker.", code="not-found")
    try:
        instrument_id = instrument_adopt(user, account, **form.contract())
    except (Conflict, InvalidInput) as refusal:
        messages.error(request, refusal.detail)
        return redirect_after_post(request, reverse("trading:ticket"))
    return redirect_after_post(request, _address(instrument_id, account.portfolio_id))


def choose(request: HttpRequest, user: User, accounts: Sequence[BrokerAccount]) -> HttpResponse:
    """The page that asks what to trade."""
    context = _found(request, user) | {
        "accounts": accounts,
        "may_look": bool(accounts) or broker_accounts(user).exists(),
    }
    return render(request, TEMPLATE, context)


def side_wanted(request: HttpRequest) -> str:
    """The side that the address names; the mildest choice is to buy."""
    return Side.SELL.value if request.GET.get("side") == Side.SELL.value else Side.BUY.value


def _found(request: HttpRequest, user: User) -> dict[str, Any]:
    text = request.GET.get("q", "")[:LONGEST].strip()
    return {
        "text": text,
        "found": instruments_tradable_like(user, text),
        "side": side_wanted(request),
        "is_long": len(text) >= SHORTEST,
    }


def _address(instrument_id: UUID, portfolio_id: UUID) -> str:
    return f"{reverse('trading:ticket')}?instrument={instrument_id}&portfolio={portfolio_id}&side=buy"
