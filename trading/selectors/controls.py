"""Everything that the pre-trade controls judge by, read for one account and one order at a time."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Func, IntegerField, Q, Sum

from common.build import build_digest
from portfolios.models import Holding
from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.engine.controls.facts import (
    AccountFacts,
    Intent,
    RecentOrder,
    SentOrder,
    SwitchScope,
    TradeRestriction,
)
from trading.engine.controls.facts import KillSwitch as Switch
from trading.engine.controls.limits import DEFAULT_LIMITS, ControlLimits, limits_with
from trading.engine.link import GatewayState
from trading.engine.order_lives import open_perm_ids
from trading.engine.records import FINAL_STATES, Side
from trading.models import (
    BrokerAccount,
    Difference,
    Execution,
    Gateway,
    KillSwitch,
    Order,
    Restriction,
    RiskLimit,
)
from trading.selectors.orders import lives_of
from trading.selectors.tickets import ticket_of

ZERO = Decimal(0)
RATE_SPAN = timedelta(seconds=2)
# A week holds five business days, whatever day it is.
DAY_TRADE_SPAN = timedelta(days=7)
BUSINESS_DAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLimits:
    """The limits of an account, its own in place of everybody's, and whether it may sell short."""

    limits: ControlLimits
    can_borrow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingFacts:
    """What the controls judge by and that is the same for every order of one request to an account."""

    switches: tuple[Switch, ...]
    drift: tuple[str, ...]
    builds: frozenset[str]
    firm_exposure: Decimal
    reserved: Decimal
    day_notional: Decimal
    account_sends: tuple[datetime, ...]
    global_sends: tuple[datetime, ...]
    intents: tuple[Intent, ...]
    sent: tuple[SentOrder, ...]


def limits_of(account_id: UUID) -> AccountLimits:
    """The limits that hold for an account: its own row, then everybody's, then the defaults.

    Raises ValueError when a row holds what cannot be a limit.
    """
    rows = RiskLimit.objects.filter(Q(account__isnull=True) | Q(account_id=account_id))
    limits, can_borrow = DEFAULT_LIMITS, False
    for row in sorted(rows, key=lambda row: row.account_id is not None):
        limits = limits_with(row.given(), limits)
        can_borrow = can_borrow if row.can_borrow is None else row.can_borrow
    return AccountLimits(limits=limits, can_borrow=can_borrow)


def switches_engaged(account_id: UUID) -> tuple[Switch, ...]:
    """The kill switches that reach an account, oldest first."""
    rows = KillSwitch.objects.filter(lifted_at__isnull=True).filter(
        Q(account__isnull=True) | Q(account_id=account_id)
    )
    return tuple(
        Switch(
            scope=SwitchScope.GLOBAL if row.account_id is None else SwitchScope.ACCOUNT,
            key="" if row.account_id is None else str(row.account_id),
            reason=row.reason,
            engaged_at=row.engaged_at,
        )
        for row in rows.order_by("engaged_at", "pk")
    )


def stop_standing(account_id: UUID) -> str:
    """Why no order of the account may be sent now; empty when nobody stopped trading."""
    switches = switches_engaged(account_id)
    return switches[0].reason if switches else ""


def gateway_state(gateway: Gateway, now: datetime) -> GatewayState:
    """How the gateway stands: what its daemon said last, and down when the daemon is not heard any more."""
    is_held = gateway.held_until is not None and gateway.held_until >= now
    return GatewayState(gateway.state) if is_held else GatewayState.DOWN


def trading_facts(account: BrokerAccount, now: datetime) -> TradingFacts:
    """What is the same for every order of one request to `account`, whose row the caller has locked."""
    day = _day_begins(now)
    own_open, own_day, all_open, all_bought = _sums(account, day)
    intents, sent = _repetitions(account)
    sends = Order.objects.filter(created_at__gt=now - RATE_SPAN).values_list("account_id", "created_at")
    lately = list(sends)
    return TradingFacts(
        switches=switches_engaged(account.pk),
        drift=_drift(account),
        builds=_builds(account.gateway),
        firm_exposure=all_open + all_bought,
        reserved=own_open + _bought_since_told(account),
        day_notional=own_day,
        account_sends=tuple(at for account_id, at in lately if account_id == account.pk),
        global_sends=tuple(at for _, at in lately),
        intents=intents,
        sent=sent,
    )


def account_facts(
    account: BrokerAccount,
    instrument_id: UUID,
    facts: TradingFacts,
    *,
    can_borrow: bool,
    now: datetime,
    besides: UUID | None = None,
) -> AccountFacts:
    """The account as an order for `instrument_id` finds it; an open order `besides` it is left out."""
    held = Holding.objects.filter(portfolio_id=account.portfolio_id, instrument_id=instrument_id)
    day_trades, opened_today = _day_trades(account, instrument_id, now) if account.has_margin else (0, False)
    return AccountFacts(
        id=account.pk,
        currency=account.currency,
        buying_power=account.buying_power,
        reserved=facts.reserved,
        day_notional=facts.day_notional,
        held=held.aggregate(total=Sum("quantity"))["total"] or ZERO,
        open_sells=open_sells(account, instrument_id, besides=besides),
        equity=account.net_liquidation,
        has_margin=account.has_margin,
        can_borrow=can_borrow,
        day_trades=day_trades,
        would_day_trade=opened_today,
    )


def open_sells(account: BrokerAccount, instrument_id: UUID, *, besides: UUID | None = None) -> Decimal:
    """Shares that open orders of the account already sell.

    Orders that cancel each other count once, at the largest; what waits for a purchase that has not filled
    sells that purchase and not what is held.
    """
    rows = Order.objects.filter(account=account, instrument_id=instrument_id, side=Side.SELL)
    groups: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for order in rows.exclude(state__in=FINAL_STATES).exclude(pk=besides).select_related("parent"):
        if order.parent is not None and order.parent.side == Side.BUY and not order.parent.filled:
            continue
        group = order.oca_group or order.parent_id or order.pk
        groups[group] = max(groups[group], order.quantity - order.filled)
    return sum(groups.values(), ZERO)


def recent_orders(
    account: BrokerAccount, instrument_id: UUID, con_id: int, *, since: datetime
) -> tuple[RecentOrder, ...]:
    """Orders of the account in an instrument that were placed since a moment."""
    rows = Order.objects.filter(account=account, instrument_id=instrument_id, created_at__gt=since)
    return tuple(
        RecentOrder(
            id=row.pk, account_id=account.pk, con_id=con_id, placed_at=row.created_at, ticket=ticket_of(row)
        )
        for row in rows
    )


def restrictions_of(account: BrokerAccount, instrument_id: UUID, today: date) -> tuple[TradeRestriction, ...]:
    """Restrictions of an instrument that reach the account on that day."""
    household_id = account.portfolio.household_id
    rows = (
        Restriction.objects.filter(instrument_id=instrument_id)
        .filter(Q(household__isnull=True) | Q(household_id=household_id))
        .filter(Q(portfolio__isnull=True) | Q(portfolio_id=account.portfolio_id))
        .filter(Q(begins__isnull=True) | Q(begins__lte=today), Q(ends__isnull=True) | Q(ends__gte=today))
    )
    return tuple(
        TradeRestriction(
            side=Side(row.side) if row.side else None,
            reason=row.reason,
            begins=row.begins,
            ends=row.ends,
            is_hard=row.is_hard,
        )
        for row in rows.order_by("created_at")
    )


def exchange_day(now: datetime) -> date:
    """The exchange's calendar day."""
    return now.astimezone(EXCHANGE_ZONE).date()


def _day_begins(now: datetime) -> datetime:
    return datetime.combine(exchange_day(now), time.min, EXCHANGE_ZONE)


def _sums(account: BrokerAccount, day: datetime) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Reserved by the account, its day's worth, reserved by everybody, and bought by everybody today."""
    is_open, is_own, is_today = ~Q(state__in=FINAL_STATES), Q(account=account), Q(created_at__gte=day)
    has_come_to_something = ~Q(state="rejected") & ~Q(state="cancelled", filled=0)
    sums = Order.objects.filter(is_open | is_today).aggregate(
        own_open=Sum("reserved", filter=is_open & is_own),
        own_day=Sum("notional", filter=is_own & is_today & has_come_to_something),
        all_open=Sum("reserved", filter=is_open),
        all_bought=Sum(F("filled") * F("average_price"), filter=is_today & Q(side=Side.BUY)),
    )
    own_open, own_day, all_open, all_bought = (value or ZERO for value in sums.values())
    return own_open, own_day, all_open, all_bought


def _bought_since_told(account: BrokerAccount) -> Decimal:
    """What fills have cost since the broker last told the buying power, which does not know of them."""
    fills = Execution.objects.filter(account=account, side=Side.BUY)
    if account.values_at is not None:
        fills = fills.filter(created_at__gte=account.values_at)
    return fills.aggregate(total=Sum(F("quantity") * F("price")))["total"] or ZERO


def _drift(account: BrokerAccount) -> tuple[str, ...]:
    """What book and broker do not agree on; what a person has closed with a reason does not count."""
    rows = Difference.objects.filter(account=account, closed_at__isnull=True).order_by("seen_at", "pk")
    return tuple(rows.values_list("words", flat=True)[:5])


def _builds(gateway: Gateway) -> frozenset[str]:
    """The builds of this process and of every daemon that owns a gateway."""
    others = Gateway.objects.filter(is_enabled=True, held_until__isnull=False).exclude(build="")
    return frozenset({build_digest(), gateway.build, *others.values_list("build", flat=True)} - {""})


def _repetitions(account: BrokerAccount) -> tuple[tuple[Intent, ...], tuple[SentOrder, ...]]:
    """Orders that may have gone beyond what was approved: with several lives, or filled beyond their size.

    An order of one life that is filled within its size has sent what was approved and no more.
    """
    lives = Func(F("lives"), function="jsonb_array_length", output_field=IntegerField())
    rows = Order.objects.filter(account=account).exclude(state__in=FINAL_STATES).alias(count=lives)
    suspects = rows.filter(Q(count__gt=1) | Q(filled__gt=F("quantity")))
    intents: list[Intent] = []
    sent: list[SentOrder] = []
    for row in suspects.select_related("account"):
        terms = {"account": row.account.code, "con_id": 0, "side": Side(row.side)}
        intents.append(Intent(order_id=row.pk, quantity=row.quantity, **terms))
        alive = len(open_perm_ids(lives_of(row))) or 1
        left = max(row.quantity - row.filled, ZERO)
        sent.append(SentOrder(order_ref=str(row.pk), filled=row.filled, open=left * alive, **terms))
    return tuple(intents), tuple(sent)


def _day_trades(account: BrokerAccount, instrument_id: UUID, now: datetime) -> tuple[int, bool]:
    """Day trades of five business days, and whether a sale now would close what was bought today.

    A day trade is a day on which an instrument was both bought and sold (FINRA Rule 4210(f)(8)(B)(i)).
    """
    today = exchange_day(now)
    days = {today - timedelta(days=back) for back in range(DAY_TRADE_SPAN.days)}
    business = set(sorted(day for day in days if day.weekday() < BUSINESS_DAYS)[-BUSINESS_DAYS:])
    sides: defaultdict[tuple[date, UUID], set[str]] = defaultdict(set)
    fills = Execution.objects.filter(account=account, executed_at__gte=now - DAY_TRADE_SPAN)
    for at, instrument, side in fills.values_list("executed_at", "instrument_id", "side"):
        sides[exchange_day(at), instrument].add(side)
    count = sum(len(seen) > 1 for (day, _), seen in sides.items() if day in business)
    return count, Side.BUY in sides[today, instrument_id]
