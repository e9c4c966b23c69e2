"""What the pre-trade controls judge by, but for what depends on the orders in flight (`locked_facts`)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Func, IntegerField, Q

from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.engine.controls.facts import (
    Intent,
    SentOrder,
    TradeRestriction,
)
from trading.engine.link import GatewayState
from trading.engine.order_lives import open_perm_ids
from trading.engine.records import FINAL_STATES, Side
from trading.models import (
    BrokerAccount,
    Execution,
    Gateway,
    KillSwitch,
    Order,
    Restriction,
)
from trading.selectors.orders import lives_of

ZERO = Decimal(0)
RATE_SPAN = timedelta(seconds=2)
# A week holds five business days, whatever day it is.
DAY_TRADE_SPAN = timedelta(days=7)
BUSINESS_DAYS = 5


def stops_standing(account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Why no order of each account may be sent now; empty where nobody stopped trading."""
    rows = KillSwitch.objects.filter(lifted_at__isnull=True).order_by("engaged_at", "pk")
    stops = list(rows.values_list("account_id", "reason")) if account_ids else []
    return {
        key: next((reason for account_id, reason in stops if account_id in {None, key}), "")
        for key in account_ids
    }


def gateway_state(gateway: Gateway, now: datetime) -> GatewayState:
    """How the gateway stands: what its daemon said last, and down when the daemon is not heard any more."""
    is_held = gateway.held_until is not None and gateway.held_until >= now
    return GatewayState(gateway.state) if is_held else GatewayState.DOWN


def restrictions_reaching(
    rows: Iterable[Restriction], account: BrokerAccount, instrument_id: UUID, today: date
) -> tuple[TradeRestriction, ...]:
    """Those of the restrictions that hold for an instrument in an account on that day."""
    return tuple(
        _restriction(row)
        for row in rows
        if row.instrument_id == instrument_id
        and _reaches(row, account)
        and (row.begins or today) <= today <= (row.ends or today)
    )


def _reaches(row: Restriction, account: BrokerAccount) -> bool:
    return row.household_id in {None, account.portfolio.household_id} and (
        row.portfolio_id in {None, account.portfolio_id}
    )


def _restriction(row: Restriction) -> TradeRestriction:
    return TradeRestriction(
        side=Side(row.side) if row.side else None,
        reason=row.reason,
        begins=row.begins,
        ends=row.ends,
        is_hard=row.is_hard,
    )


def exchange_day(now: datetime) -> date:
    """The exchange's calendar day."""
    return now.astimezone(EXCHANGE_ZONE).date()


def day_begins(now: datetime) -> datetime:
    """When the exchange's calendar day began."""
    return datetime.combine(exchange_day(now), time.min, EXCHANGE_ZONE)


def repetitions(account: BrokerAccount) -> tuple[tuple[Intent, ...], tuple[SentOrder, ...]]:
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


def day_trades(account: BrokerAccount, instrument_id: UUID, now: datetime) -> tuple[int, bool]:
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
