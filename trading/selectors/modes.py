"""Whether somebody's orders move real money, and whether trading is stopped: the banner of every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

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


def trading_modes(user: Viewer, now: datetime) -> TradingModes:
    """The modes of all accounts at a broker that `user` may see, in one query; empty without any."""
    stops = KillSwitch.objects.filter(lifted_at__isnull=True).filter(
        Q(account__isnull=True) | Q(account=OuterRef("pk"))
    )
    rows = list(
        BrokerAccount.objects.visible_to(user)
        .filter(gateway__is_enabled=True)
        .annotate(stop=Subquery(stops.order_by("engaged_at").values("reason")[:1]))
        .select_related("gateway")
        .order_by("code")
    )
    by_environment = [[row for row in rows if row.gateway.is_live is is_live] for is_live in (True, False)]
    return TradingModes(
        modes=tuple(_mode(group, now) for group in by_environment if group),
        stops=_stops(rows),
    )


def takes_orders(gateway: Gateway, now: datetime) -> bool:
    """Whether orders are sent through the gateway: it is ready, and its daemon is alive."""
    is_held = gateway.held_until is not None and gateway.held_until >= now
    return is_held and gateway.state == Gateway.State.READY


def account_stops(account: BrokerAccount) -> QuerySet[KillSwitch]:
    """The stops that hold for an account, its own and those that hold everywhere, oldest first."""
    rows = KillSwitch.objects.filter(lifted_at__isnull=True)
    rows = rows.filter(Q(account__isnull=True) | Q(account=account))
    return rows.select_related("engaged_by", "first_lift_by").order_by("engaged_at")


def _mode(rows: Sequence[BrokerAccount], now: datetime) -> TradingMode:
    return TradingMode(
        is_live=rows[0].gateway.is_live,
        accounts=tuple(str(row) for row in rows),
        is_ready=all(takes_orders(row.gateway, now) for row in rows),
    )


def _stops(rows: Sequence[BrokerAccount]) -> tuple[TradingStop, ...]:
    found: dict[str, list[str]] = {}
    for row in rows:
        reason: str | None = row.stop  # type: ignore[attr-defined] # the annotation of the query
        if reason is not None:
            found.setdefault(reason, []).append(str(row))
    return tuple(TradingStop(reason=reason, accounts=tuple(codes)) for reason, codes in found.items())
