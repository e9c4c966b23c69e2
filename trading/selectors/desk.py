"""What the desk shows: accounts that trade, orders and fills, gateways, and where book and broker differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When

from accounts.models import User, Viewer
from common.errors import NotFound
from portfolios.models import Instrument
from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.engine.maintenance import NORTH_AMERICA, MaintenanceWindow, window_at, window_named
from trading.engine.records import FINAL_STATES
from trading.models import BrokerAccount, Difference, Execution, Gateway, Order, OrderEvent, SyncRun
from trading.selectors.instruments import instruments_tradable
from trading.selectors.modes import takes_orders

FOUND = 8
OFFERED = 200
TRADABLE = (Instrument.AssetClass.STOCK, Instrument.AssetClass.FUND)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLine:
    """A gateway as the connection panel tells it.

    `is_alive` says whether its daemon was heard of in time, `window` the maintenance that runs now, and
    `windows` all that are expected in a week; `accounts` are those that the viewer may see.
    """

    gateway: Gateway
    accounts: tuple[BrokerAccount, ...]
    is_alive: bool
    takes_orders: bool
    window: MaintenanceWindow | None
    windows: tuple[MaintenanceWindow, ...]
    last_run: SyncRun | None
    differences: int


def broker_accounts(user: Viewer) -> QuerySet[BrokerAccount]:
    """Accounts at a broker that `user` may see."""
    return BrokerAccount.objects.visible_to(user).select_related("gateway", "portfolio").order_by("code")


def accounts_tradable(user: Viewer) -> QuerySet[BrokerAccount]:
    """Accounts in which `user` may place orders: of their own household, open, and not switched off."""
    return (
        BrokerAccount.objects.tradable_by(user)
        .filter(may_trade=True, gateway__is_enabled=True, portfolio__closed_on__isnull=True)
        .select_related("gateway", "portfolio")
        .order_by("portfolio__created_at")
    )


def account_of_portfolio(user: Viewer, portfolio_id: UUID) -> BrokerAccount:
    """The account of a portfolio in which `user` may trade. Raises NotFound for any other."""
    rows = BrokerAccount.objects.tradable_by(user).select_related("gateway", "portfolio")
    found: BrokerAccount | None = rows.filter(portfolio_id=portfolio_id).first()
    if found is None:
        raise NotFound("There is no such account at a broker.", code="not-found")
    return found


def instruments_tradable_like(user: User, text: str) -> list[Instrument]:
    """Stocks and funds whose symbol or name holds `text`, those whose symbol begins with it first."""
    wanted = text.strip()
    if not wanted:
        return []
    place = Case(
        When(symbol__iexact=wanted, then=Value(0)),
        When(symbol__istartswith=wanted, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = instruments_tradable(user).filter(asset_class__in=TRADABLE)
    rows = rows.filter(Q(symbol__icontains=wanted) | Q(name__icontains=wanted) | Q(isin__iexact=wanted))
    return list(rows.annotate(place=place).order_by("place", "symbol", "pk")[:FOUND])


def symbols_tradable(user: User) -> list[tuple[str, str]]:
    """Symbols and names of the stocks and funds that `user` may trade, as many as a list can offer."""
    rows = instruments_tradable(user).filter(asset_class__in=TRADABLE).order_by("symbol")
    return list(rows.values_list("symbol", "name").distinct()[:OFFERED])


def instrument_of_symbol(user: User, symbol: str) -> UUID:
    """The instrument that goes by `symbol` to `user`: one of a household's own before one that all share.

    Raises NotFound when there is none.
    """
    rows = instruments_tradable(user).filter(symbol__iexact=symbol.strip())
    found = rows.order_by("household_id", "pk").values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(f"There is no instrument called {symbol.strip()[:60]}.", code="not-found")
    return found


def order_list(user: Viewer) -> QuerySet[Order]:
    """Orders that `user` may see, newest first."""
    return Order.objects.visible_to(user).select_related(
        "account__gateway", "portfolio", "instrument", "parent"
    )


def orders_open(user: Viewer) -> QuerySet[Order]:
    """Orders to which something may still happen."""
    return order_list(user).exclude(state__in=FINAL_STATES)


def order_get(user: Viewer, order_id: UUID) -> Order:
    """One order with its history and fills at hand. Raises NotFound for any that is not there to be seen."""
    events = OrderEvent.objects.select_related("actor")
    fills = Execution.objects.order_by("executed_at", "exec_id")
    found = (
        order_list(user)
        .select_related("placed_by")
        .prefetch_related(Prefetch("events", events), Prefetch("executions", fills), "children__instrument")
        .filter(pk=order_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such order.", code="not-found")
    return found


def may_trade_order(user: Viewer, order: Order) -> bool:
    """Whether `user` may cancel or change the order."""
    return Order.objects.tradable_by(user).filter(pk=order.pk).exists()


def tradable_ids(user: Viewer, orders: Sequence[Order]) -> frozenset[UUID]:
    """Those of `orders` that `user` may cancel or change."""
    rows = Order.objects.tradable_by(user).filter(pk__in=[order.pk for order in orders])
    return frozenset(rows.order_by().values_list("pk", flat=True))


def fills_since(user: Viewer, since: datetime) -> QuerySet[Execution]:
    """Fills that `user` may see, from `since` on, newest first."""
    rows = Execution.objects.visible_to(user).filter(executed_at__gte=since)
    return rows.select_related("order", "portfolio", "instrument").order_by("-executed_at", "-exec_id")


def day_begins(now: datetime) -> datetime:
    """Midnight in New York before `now`: when the exchange's day began."""
    return now.astimezone(EXCHANGE_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def gateway_lines(user: Viewer, now: datetime) -> list[GatewayLine]:
    """Every gateway behind an account that `user` may see, as it stands at `now`."""
    accounts = list(broker_accounts(user))
    gateways = {row.gateway_id: row.gateway for row in accounts}
    runs = SyncRun.objects.filter(gateway__in=gateways).order_by("gateway_id", "-started_at")
    last = {run.gateway_id: run for run in runs.distinct("gateway_id")}
    counts = _open_differences(user)
    return [
        _gateway_line(gateway, [row for row in accounts if row.gateway_id == key], last.get(key), counts, now)
        for key, gateway in sorted(gateways.items(), key=lambda pair: pair[1].name)
    ]


def difference_list(user: Viewer, *, is_open: bool = True) -> QuerySet[Difference]:
    """Where book and broker differ in accounts that `user` may see, newest first."""
    rows = Difference.objects.visible_to(user).filter(closed_at__isnull=is_open)
    return rows.select_related("account__gateway", "portfolio", "instrument", "closed_by").order_by(
        "-seen_at", "-id"
    )


def windows_of(words: str) -> tuple[MaintenanceWindow, ...]:
    """The maintenance windows that a gateway's row names; none for words that name none."""
    if words in {"", "north_america"}:
        return NORTH_AMERICA if words else ()
    try:
        return (window_named(words, name="maintenance"),)
    except ValueError:
        return ()


def difference_get(user: Viewer, difference_id: UUID) -> Difference:
    """A difference in an account in which `user` may trade. Raises NotFound for any other."""
    found: Difference | None = Difference.objects.tradable_by(user).filter(pk=difference_id).first()
    if found is None:
        raise NotFound("There is no such difference.", code="not-found")
    return found


def _open_differences(user: Viewer) -> dict[UUID, int]:
    rows = Difference.objects.visible_to(user).filter(closed_at__isnull=True).order_by()
    return dict(rows.values_list("account__gateway_id").annotate(count=Count("pk")))


def _gateway_line(
    gateway: Gateway,
    accounts: Sequence[BrokerAccount],
    last_run: SyncRun | None,
    differences: dict[UUID, int],
    now: datetime,
) -> GatewayLine:
    windows = windows_of(gateway.maintenance)
    return GatewayLine(
        gateway=gateway,
        accounts=tuple(accounts),
        is_alive=gateway.held_until is not None and gateway.held_until >= now,
        takes_orders=takes_orders(gateway, now),
        window=window_at(now, windows),
        windows=windows,
        last_run=last_run,
        differences=differences.get(gateway.pk, 0),
    )
