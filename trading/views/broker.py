"""Pages about the broker: the connection, the stop of an account, and where book and broker differ."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.htmx import page_or_part, redirect_after_post
from trading.forms.desk import ReasonForm
from trading.models import Difference, Gateway
from trading.selectors.desk import (
    GatewayLine,
    account_of_portfolio,
    accounts_tradable,
    difference_get,
    difference_list,
    gateway_lines,
)
from trading.selectors.modes import account_stops, accounts_stopped
from trading.services.differences import difference_settle
from trading.services.kill_switches import kill_switch_engage
from trading.views.people import person_of
from trading.views.words import GATEWAY_BADGES, window_words

SETTLED_SHOWN = 20
STOPPED = "Trading is stopped: new orders and changes are refused until two operators lift it."
# kind -> what a person does about it
ADVICE = {
    Difference.Kind.POSITION: "Look for a trade, a transfer or a corporate action that one side lacks: "
    "import the broker’s statement of those days, or enter the missing row.",
    Difference.Kind.CASH: "Look for a deposit, a dividend or a fee that one side lacks: import the broker’s "
    "statement of those days.",
    Difference.Kind.ORDER: "Open the order and read its history; do not send it again. When the broker’s own "
    "screen shows that it does not live there, an operator settles it.",
    Difference.Kind.EXECUTION: "A fill is told by one side only. It is booked as soon as the broker tells it "
    "again; until then the statement of the day shows what holds.",
}


@login_required
@require_safe
def connection(request: HttpRequest) -> HttpResponse:
    """How every gateway behind one's accounts stands."""
    user = person_of(request)
    lines = gateway_lines(user, timezone.now())
    tradable = set(accounts_tradable(user).values_list("pk", flat=True))
    stopped = accounts_stopped(account for line in lines for account in line.accounts)
    context = {"lines": [_line(line, tradable, stopped) for line in lines]}
    return page_or_part(request, "trading/connection.html", context, part="list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_stop(request: HttpRequest, portfolio_id: UUID) -> HttpResponse:
    """Stop new orders in an account at once; two operators lift the stop."""
    user = person_of(request)
    account = account_of_portfolio(user, portfolio_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        kill_switch_engage(account=account, reason=reason, now=timezone.now(), actor=user)
        messages.warning(request, "Trading is stopped in this account. Two operators lift it.")
        return redirect_after_post(request, reverse("trading:account_stop", args=[portfolio_id]))
    context = {"account": account, "form": form, "stops": list(account_stops(account))}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "trading/account_stop.html", context, status=status)


@login_required
@require_safe
def differences(request: HttpRequest) -> HttpResponse:
    """Where book and broker do not agree, each as a task with what to do."""
    return _differences(request)


@login_required
@require_POST
def difference_settle_view(request: HttpRequest, difference_id: UUID) -> HttpResponse:
    """Settle a difference with a reason; nothing is mended by it."""
    user = person_of(request)
    # Looked up first: what is wrong with the reason is no business of whoever may not settle it.
    row = difference_get(user, difference_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _differences(request, form=form, settling=difference_id, status=422)
    difference_settle(difference=row, reason=form.cleaned_data["reason"], actor=user, now=timezone.now())
    messages.success(request, "Settled. A later comparison that still finds it opens it again.")
    return redirect_after_post(request, reverse("trading:differences"))


def _differences(
    request: HttpRequest,
    *,
    form: ReasonForm | None = None,
    settling: UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    user = person_of(request)
    tradable = set(accounts_tradable(user).values_list("pk", flat=True))
    rows = [
        {
            "row": row,
            "advice": ADVICE[Difference.Kind(row.kind)],
            "difference": None if row.ours is None or row.theirs is None else row.theirs - row.ours,
            "may_settle": row.account_id in tradable,
            "form": form if row.pk == settling else None,
        }
        for row in difference_list(user)
    ]
    context: dict[str, Any] = {
        "rows": rows,
        "settled": list(difference_list(user, is_open=False)[:SETTLED_SHOWN]),
        "lines": gateway_lines(user, timezone.now()),
    }
    return page_or_part(request, "trading/differences.html", context, part="list", status=status)


def _line(line: GatewayLine, tradable: set[UUID], stopped: frozenset[UUID]) -> dict[str, Any]:
    state = Gateway.State(line.gateway.state) if line.is_alive else Gateway.State.DOWN
    kind, icon = GATEWAY_BADGES[state]
    return {
        "line": line,
        "gateway": line.gateway,
        "state": state.label,
        "badge": kind,
        "icon": icon,
        "advice": _advice(line, state, stopped),
        "windows": [window_words(window) for window in line.windows],
        "accounts": [(one, one.pk in tradable, one.pk in stopped) for one in line.accounts],
    }


def _advice(line: GatewayLine, state: Gateway.State, stopped: frozenset[UUID]) -> str:
    """What the state means for somebody who wants to trade, and where a stop holds."""
    names = [one.portfolio.name for one in line.accounts if one.pk in stopped]
    if names and len(names) == len(line.accounts):
        return STOPPED
    means = _meaning(line, state)
    return f"{means} In {', '.join(names)}, trading is stopped." if names else means


def _meaning(line: GatewayLine, state: Gateway.State) -> str:
    if not line.is_alive:
        return "The gateway’s daemon was not heard of. Orders wait here and are sent when it is back."
    return {
        Gateway.State.READY: "Orders are sent as they come.",
        Gateway.State.SYNCING: "Book and broker are being compared; orders are sent afterwards.",
        Gateway.State.CONNECTING: "Orders wait here until the connection stands.",
        Gateway.State.DEGRADED: "The broker or the market cannot be reached fully: new orders are refused.",
        Gateway.State.MAINTENANCE: "The broker restarts its servers; new orders are refused till then.",
        Gateway.State.DOWN: "There is no connection: new orders are refused until it is back.",
    }[state]
