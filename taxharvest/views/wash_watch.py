"""The wash watch: what would be washed if it were sold today, or if something were bought today."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.csv_downloads import csv_response
from common.htmx import page_or_part
from portfolios.selectors.scopes import Scope
from taxharvest.selectors.wash_alerts import alerts_open
from taxharvest.selectors.wash_watch import WashWatch, wash_watch
from taxharvest.selectors.what_if import household_scope
from taxharvest.views.what_if import identifier, person_of

TABS = (("sold", "If sold today"), ("bought", "If bought today"))
SELL_HEADER = (
    "symbol", "account", "shares", "loss", "shares_washed", "deferred", "lost_for_good", "currency",
    "cause_days", "cause_accounts", "days_left", "first_free_date",
)  # fmt: skip
BUY_HEADER = (
    "symbol", "account", "sold_on", "shares", "loss_at_stake", "currency", "identical", "options",
    "dividends_reinvested", "days_left", "first_free_date",
)  # fmt: skip


@login_required
@require_safe
def watch(request: HttpRequest) -> HttpResponse:
    """Both tabs, most money at stake first; `tab` in the address says which one is open."""
    found, scope = _found(request)
    alerts = alerts_open(person_of(request), scope.household_id)
    context = {"watch": found, "scope": scope, "tab": _tab(request), "tabs": TABS, "alerts": alerts}
    return page_or_part(request, "taxharvest/wash_watch.html", context, part="watch")


@login_required
@require_safe
def watch_export(request: HttpRequest) -> StreamingHttpResponse:
    """The open tab as CSV, to be kept beside the order ticket of another broker."""
    found, scope = _found(request)
    tab = _tab(request)
    return csv_response(
        f"wash-watch-{tab}",
        about=[f"WealthAlloc wash watch, {dict(TABS)[tab].lower()}, {scope.label}", f"as of {found.day}"],
        now=timezone.now(),
        header=SELL_HEADER if tab == "sold" else BUY_HEADER,
        rows=_sell_rows(found) if tab == "sold" else _buy_rows(found),
    )


def _found(request: HttpRequest) -> tuple[WashWatch, Scope]:
    user = person_of(request)
    scope = household_scope(user, portfolio_id=identifier(request, "portfolio"))
    return wash_watch(user, scope, timezone.localdate()), scope


def _tab(request: HttpRequest) -> str:
    wanted = request.GET.get("tab", "")
    return wanted if wanted in dict(TABS) else "sold"


def _sell_rows(found: WashWatch) -> Iterator[tuple[Any, ...]]:
    for line in found.selling:
        one = line.warning
        yield (
            line.symbol, line.account, one.shares, one.loss, one.washed_shares, one.outcome.deferred,
            one.outcome.lost, one.currency, " ".join(str(cause.cause.day) for cause in line.causes),
            "; ".join(sorted({cause.account for cause in line.causes})), line.days_left, line.free_on,
        )  # fmt: skip


def _buy_rows(found: WashWatch) -> Iterator[tuple[Any, ...]]:
    for line in found.buying:
        one = line.warning
        yield (
            line.symbol, line.account, one.sold, one.shares, one.loss, one.currency,
            " ".join(line.identical), " ".join(line.options), "; ".join(line.reinvesting), one.days_left,
            one.free_on,
        )  # fmt: skip
