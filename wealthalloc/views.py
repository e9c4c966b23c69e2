"""Pages of the roof: welcome, dashboard, search, what a browser asks for, and whether this serves."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.models import User
from common.errors import NotFound
from common.htmx import page_or_part
from portfolios.selectors.dashboard import Dashboard, dashboard_of
from portfolios.selectors.days import day_story
from portfolios.selectors.kept import stamp_of
from portfolios.selectors.scopes import Scope
from portfolios.selectors.search import Found, accounts_like, instruments_like
from portfolios.views.scopes import identifier, person_of, scope_from, scope_needed
from trading.selectors.desk import accounts_tradable
from wealthalloc.dashboard_words import board_words
from wealthalloc.shell import facts_beside, rows_beside

TRADES = 3


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """Two doors for somebody new; the dashboard for somebody signed in."""
    if isinstance(request.user, User):
        return redirect("dashboard")
    return render(request, "wealthalloc/welcome.html", {"has_demo": settings.DEMO})


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """What the household is worth, how that changed, and what waits for a decision."""
    user = person_of(request)
    scope = scope_from(request)
    today = timezone.localdate()
    board = (
        None
        if scope is None
        else dashboard_of(
            user,
            scope,
            interval=request.GET.get("interval"),
            today=today,
            beside=rows_beside,
        )
    )
    if scope is not None and board is not None:
        _leave_for_shell(request, scope.household, board)
    benchmark = identifier(request, "benchmark")
    if benchmark is None and request.GET.get("benchmark") != "none" and board and board.benchmarks:
        benchmark = board.benchmarks[0][0]
    context: dict[str, Any] = {"scope": scope, "board": board}
    if board is None:
        context["steps"] = _steps(scope)
    else:
        context |= board_words(board, query=request.GET.copy(), benchmark=benchmark)
        # What follows from the book alone is also rendered once for each version of it.
        context["stamp"] = stamp_of(board.scope, board.span, today, context["query"])
    return page_or_part(request, "wealthalloc/dashboard.html", context, part="value")


@login_required
@require_safe
def dashboard_day(request: HttpRequest, day: str) -> HttpResponse:
    """What happened on one day, as a pane."""
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise NotFound("There is no such day.", code="not-found") from None
    scope = scope_needed(request)
    context = {"story": day_story(scope, when), "scope": scope, "back": reverse("dashboard")}
    return page_or_part(request, "wealthalloc/day.html", context, part="story")


@login_required
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Symbols and accounts for the letters typed into the palette."""
    user = person_of(request)
    text = request.GET.get("q", "")[:60]
    symbols = instruments_like(user, text)
    groups = [
        {
            "title": "Symbols",
            "items": [
                {
                    "label": found.label,
                    "detail": found.detail,
                    "icon": "chart-line",
                    "url": reverse("portfolios:holding_detail", args=[found.key]),
                }
                for found in symbols
            ],
        },
        {"title": "Trade", "items": _trades(user, symbols)},
        {
            "title": "Accounts",
            "items": [
                {
                    "label": found.label,
                    "detail": found.detail,
                    "icon": "wallet",
                    "url": reverse("portfolios:portfolio_detail", args=[found.key]),
                }
                for found in accounts_like(user, text)
            ],
        },
    ]
    return render(request, "components/palette_results.html", {"groups": groups})


def _trades(user: User, symbols: Sequence[Found]) -> list[dict[str, str]]:
    """The way to the ticket of each symbol that was found, for somebody who may place orders."""
    if not symbols or not accounts_tradable(user).exists():
        return []
    return [
        {
            "label": f"Trade {found.label}",
            "detail": found.detail,
            "icon": "arrow-left-right",
            "url": f"{reverse('trading:ticket')}?instrument={found.key}",
        }
        for found in symbols[:TRADES]
    ]


@login_required
@require_safe
def banners(request: HttpRequest) -> HttpResponse:
    """The banners of every page as they are now, for a page that heard that they changed."""
    return render(request, "components/banners.html")


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """Whether this process can answer; it asks nobody else."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Each thing that serving depends on, by name; 503 when one does not answer."""
    states = {"database": _answers(_ask_database), "cache": _answers(_ask_cache)}
    is_ready = all(state == "ok" for state in states.values())
    return JsonResponse({"ready": is_ready, "dependencies": states}, status=200 if is_ready else 503)


@require_safe
@cache_control(no_cache=True)
def service_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that it may stand before every page."""
    path = finders.find("js/sw.js")
    if path is None:
        raise NotFound("There is no service worker.", code="not-found")
    response = HttpResponse(Path(path).read_bytes(), content_type="text/javascript")
    response["Service-Worker-Allowed"] = "/"
    return response


@require_safe
def manifest(_request: HttpRequest) -> HttpResponse:
    """What a device needs to put the product among its programs."""
    content = {
        "name": "WealthAlloc",
        "short_name": "WealthAlloc",
        "description": "Every account in one book, and more kept after tax",
        "start_url": "/dashboard/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0a5a78",
        "icons": [
            {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
            for size in (192, 512)
        ],
    }
    return HttpResponse(json.dumps(content), content_type="application/manifest+json")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows without a network."""
    return render(request, "offline.html")


def _leave_for_shell(request: HttpRequest, household: str, board: Dashboard) -> None:
    """Facts that the frame around the page shows and that were read for the page already."""
    facts = {
        "household": household,
        "findings": board.finding_count,
        "decisions": len(board.inbox),
        **facts_beside(board.beside),
    }
    request.shell_facts = facts  # type: ignore[attr-defined] # an attribute of this one request


def _steps(scope: Scope | None) -> list[dict[str, Any]]:
    """The way to the first useful page; the first step that is not done is the next."""
    accounts = () if scope is None else scope.accounts
    has_accounts = bool(accounts)
    has_rows = any(account.last_import_at for account in accounts)
    steps = [
        {
            "title": "Open an account",
            "text": "One for each account at a broker, with its kind and holder.",
            "url": reverse("portfolios:portfolio_new"),
            "action": "Open an account",
            "is_done": has_accounts,
        },
        {
            "title": "Import its statement",
            "text": "A Flex file or any CSV. You see every row before it is kept.",
            "url": reverse("portfolios:import_new"),
            "action": "Import a statement",
            "is_done": has_rows,
        },
        {
            "title": "Look over what was found",
            "text": "What the statement and the book do not agree on, with the way to mend it.",
            "url": reverse("portfolios:data_check"),
            "action": "Open the data check",
            "is_done": False,
        },
    ]
    following = next((step for step in steps if not step["is_done"]), None)
    for step in steps:
        step["is_next"] = step is following
    return steps


def _answers(ask: Callable[[], None]) -> str:
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a dependency, the answer names it
        return type(error).__name__
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache() -> None:
    cache.set("readyz", "1", 5)
    if cache.get("readyz") != "1":
        raise ConnectionError("the cache forgot what it was told")
