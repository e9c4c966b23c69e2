"""Whether somebody's orders move real money, and whether trading is stopped: the banner of every page."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, JSONObject

from accounts.models import Viewer
from trading.models import BrokerAccount, Gateway, KillSwitch


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingMode:
    """The accounts of somebody behind gateways of one environment.

    `accounts` are their numbers, masked. `is_ready` says whether every gateway of them takes orders at the
    moment that was asked about.
    """

    is_live: bool
    accounts: tuple[str, ...]
    is_ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStop:
    """A stop that holds for at least one account of somebody."""

    reason: str
    accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingModes:
    """What the banners say: live before paper, each at most once, and the stops by their reason."""

    modes: tuple[TradingMode, ...] = ()
    stops: tuple[TradingStop, ...] = ()


def mode_rows(
    user: Viewer, visible: Collection[UUID] | None = None, now: datetime | None = None
) -> QuerySet[Any, Any]:
    """One row for each account at a broker that `user` may see at `now`, in the columns of the inbox.

    So a page that reads the inbox anyway reads these in the same query. A page that knows the keys of all
    portfolios that `user` may see says so with `visible`, which spares asking. The fourth column is what
    `modes_read` takes.
    """
    stops = KillSwitch.objects.filter(lifted_at__isnull=True).filter(
        Q(account__isnull=True) | Q(account=OuterRef("pk"))
    )
    facts = JSONObject(
        code=F("code"),
        environment=F("gateway__environment"),
        state=F("gateway__state"),
        held_until=F("gateway__held_until"),
        stop=Subquery(stops.order_by("engaged_at").values("reason")[:1]),
    )
    accounts = BrokerAccount.objects
    seen = accounts.visible_to(user, now) if visible is None else accounts.filter(portfolio_id__in=visible)
    rows = seen.filter(gateway__is_enabled=True).order_by()
    columns: QuerySet[Any, Any] = rows.annotate(
        what=Value("beside", CharField()),
        told=Cast(facts, TextField()),
        on=Cast(Value(None), DateField()),
    ).values_list("what", "pk", "gateway__environment", "told", "portfolio_id", "on")
    return columns


def modes_read(texts: Iterable[str], now: datetime) -> TradingModes:
    """The modes that the fourth column of `mode_rows` tells."""
    rows = sorted((json.loads(text) for text in texts), key=lambda row: str(row["code"]))
    live = [row for row in rows if row["environment"] == Gateway.Environment.LIVE]
    paper = [row for row in rows if row["environment"] != Gateway.Environment.LIVE]
    return TradingModes(
        modes=tuple(
            _mode(group, now, is_live=is_live) for is_live, group in ((True, live), (False, paper)) if group
        ),
        stops=_stops(rows),
    )


def takes_orders(gateway: Gateway, now: datetime) -> bool:
    """Whether orders are sent through the gateway: it is ready, and its daemon is alive."""
    return _is_ready(gateway.state, gateway.held_until, now)


def accounts_stopped(accounts: Iterable[BrokerAccount]) -> frozenset[UUID]:
    """Those of the accounts in which trading is stopped, there or everywhere."""
    rows = KillSwitch.objects.filter(lifted_at__isnull=True).values_list("account_id", flat=True)
    stopped = set(rows)
    return frozenset(one.pk for one in accounts if None in stopped or one.pk in stopped)


def account_stops(account: BrokerAccount) -> QuerySet[KillSwitch]:
    """The stops that hold for an account, its own and those that hold everywhere, oldest first."""
    rows = KillSwitch.objects.filter(lifted_at__isnull=True)
    rows = rows.filter(Q(account__isnull=True) | Q(account=account))
    return rows.select_related("engaged_by", "first_lift_by").order_by("engaged_at")


def _mode(rows: Sequence[dict[str, Any]], now: datetime, *, is_live: bool) -> TradingMode:
    held = [None if row["held_until"] is None else datetime.fromisoformat(row["held_until"]) for row in rows]
    return TradingMode(
        is_live=is_live,
        accounts=tuple(_masked(row) for row in rows),
        is_ready=all(_is_ready(row["state"], until, now) for row, until in zip(rows, held, strict=True)),
    )


def _is_ready(state: str, held_until: datetime | None, now: datetime) -> bool:
    return state == Gateway.State.READY and held_until is not None and held_until >= now


def _stops(rows: Sequence[dict[str, Any]]) -> tuple[TradingStop, ...]:
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["stop"] is not None:
            found.setdefault(row["stop"], []).append(_masked(row))
    return tuple(TradingStop(reason=reason, accounts=tuple(codes)) for reason, codes in found.items())


def _masked(row: dict[str, Any]) -> str:
    return str(BrokerAccount(code=row["code"]))
