"""What stands around every page: who is signed in, what waits, and the banners."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.selectors.households import household_of
from common.prepared import Prepared
from portfolios.selectors.imports import finding_count
from taxharvest.selectors.wash_alerts import ALERT, alert_rows
from trading.selectors.modes import TradingMode, TradingModes, TradingStop, mode_rows, modes_read

DEMO_BANNER = {
    "kind": "demo",
    "tag": "Demo",
    "text": (
        "An invented household. Prices of its stocks and of five funds are real closes up to 2022, moved to "
        "end yesterday; two funds follow the real index, the bond fund is made."
    ),
    "short": "Invented household, prices moved in time",
    "action": "Leave the demo",
    "post": True,
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell`, computed only where a page shows it."""
    return {"shell": shell_of(request)}


def shell_of(request: HttpRequest) -> Any:
    """The facts of the frame around a page, read once for a request and only when they are asked for."""
    kept = getattr(request, "shell_kept", None)
    if kept is None:
        kept = SimpleLazyObject(lambda: _facts(request))
        request.shell_kept = kept  # type: ignore[attr-defined] # an attribute of this one request
    return kept


def rows_beside(user: User, visible: Collection[UUID]) -> QuerySet[Any, Any]:
    """What the banners and the badges say, as rows that a page may read in the same query as its inbox.

    `visible` are all accounts that `user` may see.
    """
    return mode_rows(user, visible).union(alert_rows(user), all=True)


def _rows(user_id: UUID, now: datetime) -> QuerySet[Any, Any]:
    user = User(pk=user_id)
    return mode_rows(user, now=now).union(alert_rows(user), all=True)


# What a page without an inbox reads for its frame.
ROWS = Prepared(_rows)


def facts_beside(texts: Iterable[str]) -> dict[str, Any]:
    """The modes of trading and the number of alerts, from the fourth column of `rows_beside`."""
    told = tuple(texts)
    modes = modes_read((text for text in told if text != ALERT), timezone.now())
    return {"modes": modes, "alerts": told.count(ALERT)}


def _facts(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"banners": []}
    # A page that has read these for itself leaves them on the request: nothing is asked for twice.
    known: dict[str, Any] = getattr(request, "shell_facts", {})
    findings = known["findings"] if "findings" in known else finding_count(user)
    beside = known if "modes" in known else facts_beside(row[3] for row in ROWS.rows(user.pk, timezone.now()))
    modes = beside["modes"]
    household = known["household"] if "household" in known else _household_name(user)
    return {
        "person": str(user),
        "initials": user.initials,
        "household": household,
        "findings": findings,
        "findings_url": reverse("portfolios:data_check"),
        "live_url": f"{settings.LIVE_URL}/ws/portfolio/",
        "decisions": known.get("decisions"),
        "decisions_url": f"{reverse('dashboard')}#to-decide",
        "alerts": beside["alerts"],
        "may_trade": bool(modes.modes),
        "banners": _banners(user, modes),
    }


def _banners(user: User, found: TradingModes) -> list[dict[str, Any]]:
    """Stops first, then whether orders move real money, then the demo."""
    banners = [_stop_banner(stop) for stop in found.stops] + [_mode_banner(mode) for mode in found.modes]
    if settings.DEMO and user.is_demo:
        banners.append(DEMO_BANNER | {"url": reverse("account_logout")})
    return banners


def _stop_banner(stop: TradingStop) -> dict[str, Any]:
    accounts = ", ".join(stop.accounts)
    return {
        "kind": "paused",
        "tag": "Stopped",
        "text": f"Trading is stopped in {accounts}: {stop.reason}",
        "short": f"Trading is stopped: {stop.reason}",
        "action": "See why",
        "url": reverse("trading:connection"),
    }


def _mode_banner(mode: TradingMode) -> dict[str, Any]:
    accounts = f"account{'' if len(mode.accounts) == 1 else 's'} {', '.join(mode.accounts)}"
    words = (
        {
            "kind": "live",
            "tag": "Live",
            "text": f"Orders move real money: {accounts}.",
            "short": f"Real money: {accounts}",
        }
        if mode.is_live
        else {
            "kind": "paper",
            "tag": "Paper",
            "text": "Orders go to the simulated gateway. No real money moves.",
            "short": "Simulated gateway",
        }
    )
    action = "Gateway ready" if mode.is_ready else "Gateway takes no orders now"
    return words | {"action": action, "url": reverse("trading:connection")}


def _household_name(user: User) -> str:
    household = household_of(user)
    return household.name if household else ""
