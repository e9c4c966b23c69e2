"""From a plan to orders: its trades that can be placed at the broker, judged and accepted together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from common.errors import NotFound
from portfolios.engine.records import LotChoice
from taxharvest.selectors.rebalances import RebalanceShown
from trading.engine.records import OrderTicket, Side
from trading.engine.trade_requests import OrderJudged, OrderWanted, TradeRequest
from trading.models import Order
from trading.selectors.desk import accounts_tradable
from trading.services.acceptance import trade, trade_preview


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOrders:
    """The trades of one side of a plan: those that can be placed here, and those to be placed elsewhere."""

    rebalance_id: UUID
    plan: str
    side: Side
    here: tuple[Mapping[str, Any], ...]
    elsewhere: tuple[Mapping[str, Any], ...]

    def request(self, confirmed: frozenset[str] = frozenset()) -> TradeRequest:
        """The orders as trading takes them: at the market, for the day, lots named on sales."""
        return TradeRequest(
            orders=tuple(_wanted(one) for one in self.here),
            confirmed=confirmed,
            origin=Order.Origin.REBALANCE,
            origin_id=self.rebalance_id,
        )


def plan_orders(user: User, shown: RebalanceShown, plan: str, side: str) -> PlanOrders:
    """The orders of one side of a plan. Sales come first: purchases wait for what they bring.

    Raises NotFound for a plan or a side that there is not.
    """
    found = shown.plans.get(plan)
    if found is None or side not in list(Side):
        raise NotFound("There is no such plan.", code="not-found")
    trades = [one for one in found["trades"] if one["side"] == side]
    own = {str(row.portfolio_id) for row in accounts_tradable(user)}
    return PlanOrders(
        rebalance_id=shown.row.pk,
        plan=plan,
        side=Side(side),
        here=tuple(one for one in trades if one["account_id"] in own),
        elsewhere=tuple(one for one in trades if one["account_id"] not in own),
    )


def plan_preview(
    user: User, orders: PlanOrders, *, confirmed: frozenset[str], signed_in_at: datetime | None, now: datetime
) -> tuple[OrderJudged, ...]:
    """How the orders would be judged now; nothing is kept. Raises what `trade_preview` raises."""
    if not orders.here:
        return ()
    return trade_preview(user, orders.request(confirmed), signed_in_at=signed_in_at, now=now)


def plan_trade(
    user: User,
    shown: RebalanceShown,
    orders: PlanOrders,
    *,
    confirmed: frozenset[str],
    key: str,
    signed_in_at: datetime | None,
    now: datetime,
) -> list[str]:
    """Accept all orders of one side once for `key`; their identifiers. Raises what `trade` raises."""
    answer = trade(
        user,
        orders.request(confirmed),
        key=key,
        content={"rebalance": str(shown.row.pk), "plan": orders.plan, "side": orders.side.value},
        render=_kept,
        signed_in_at=signed_in_at,
        now=now,
    )
    kept: list[str] = answer.body["orders"]
    return kept


def _wanted(told: Mapping[str, Any]) -> OrderWanted:
    return OrderWanted(
        portfolio_id=UUID(told["account_id"]),
        instrument_id=UUID(told["instrument_id"]),
        ticket=OrderTicket(side=Side(told["side"]), quantity=told["quantity"]),
        lots=tuple(LotChoice(lot_id=UUID(lot["lot_id"]), quantity=lot["quantity"]) for lot in told["lots"]),
    )


def _kept(orders: Sequence[Order]) -> dict[str, Any]:
    return {"orders": [str(order.pk) for order in orders]}
