"""The next basket of an advice that was accepted: its sales, then as many purchases as they pay for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from common.errors import DomainError
from common.formats import money, shares
from common.money import ARITHMETIC
from mlrecs.engine.funding import Funds, Purchase, budget_left, shares_afforded
from mlrecs.models import Recommendation
from mlrecs.selectors.recommendations import orders_left, orders_placed, traded_for
from trading.engine.controls.buying_power import power_free
from trading.engine.records import OrderTicket, Side
from trading.engine.trade_requests import OrderJudged, OrderWanted, TradeRequest
from trading.services.acceptance import trade_preview

ZERO = Decimal(0)
Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextBasket:
    """Rows to lay into a basket, and what is to be said of them; no rows where nothing can be bought."""

    orders: Sequence[Row]
    words: str = ""


def basket_next(user: User, recommendation: Recommendation, now: datetime) -> NextBasket:
    """The sales that were not sent yet; once all were, the purchases, sized by what the sales brought.

    Called when no order of the advice is under way. What a share costs and what the broker lets be spent is
    asked of trading's preview; where it cannot say, the purchases stay as advised and the controls decide.
    """
    left = orders_left(recommendation, orders_placed(recommendation))
    if not left or left[0]["side"] == Side.SELL:
        return NextBasket(orders=left)
    judged = _judged(user, left, now)
    if not judged or any(not one.price or not one.notional for one in judged):
        return NextBasket(orders=left)
    brought, spent = traded_for(recommendation)
    budget = budget_left(recommendation.orders, brought=brought, spent=spent)
    funds = Funds(budget=budget, room=_room(judged))
    bought = shares_afforded([_purchase(one) for one in judged], funds)
    rows = [row | {"quantity": f"{count:f}"} for row, count in zip(left, bought, strict=True)]
    words = _words(recommendation, left, rows, funds, brought)
    return NextBasket(orders=[row for row in rows if Decimal(row["quantity"])], words=words)


def _judged(user: User, rows: Sequence[Row], now: datetime) -> tuple[OrderJudged, ...]:
    """The purchases as trading would judge them now; nothing where it cannot."""
    request = TradeRequest(orders=tuple(_wanted(row) for row in rows))
    try:
        return trade_preview(user, request, signed_in_at=None, now=now)
    except DomainError:
        return ()


def _wanted(row: Row) -> OrderWanted:
    return OrderWanted(
        portfolio_id=UUID(row["portfolio"]),
        instrument_id=UUID(row["instrument"]),
        ticket=OrderTicket(side=Side.BUY, quantity=Decimal(row["quantity"])),
    )


def _purchase(judged: OrderJudged) -> Purchase:
    quantity = judged.wanted.ticket.quantity
    return Purchase(
        shares=quantity,
        price=judged.price or ZERO,
        held_back=ARITHMETIC.divide(judged.notional or ZERO, quantity),
    )


def _room(judged: Sequence[OrderJudged]) -> Decimal:
    """What the first of them finds free, less the commissions of all."""
    free = power_free(judged[0].verdicts)
    commissions = sum(((one.reserved or ZERO) - (one.notional or ZERO) for one in judged), ZERO)
    return max((free or ZERO) - commissions, ZERO)


def _words(
    recommendation: Recommendation,
    advised: Sequence[Row],
    rows: Sequence[Row],
    funds: Funds,
    brought: Decimal,
) -> str:
    """Why less is bought than was advised; nothing to say where it is not."""
    fewer = [
        f"{shares(Decimal(row['quantity']))} of {shares(Decimal(one['quantity']))} {one['symbol']}"
        for one, row in zip(advised, rows, strict=True)
        if row["quantity"] != one["quantity"]
    ]
    if not fewer:
        return ""
    currency = recommendation.currency
    told = f"The sales brought {money(brought, currency)}"
    if funds.room < funds.budget:
        told += f", and your broker lets {money(funds.room, currency)} be spent now"
    return f"{told}: that pays for {', '.join(fewer)}."
