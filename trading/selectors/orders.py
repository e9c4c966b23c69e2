"""Reading orders and fills."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from trading.engine.order_lives import OrderLife, OrderLives
from trading.engine.orders import OrderFacts
from trading.engine.records import ExecutionFacts, OrderState, Side
from trading.models import Execution, Order

PLACED = """
SELECT p.household_id, o.side, o.instrument_id, count(*)
FROM orders o JOIN portfolios p ON p.id = o.portfolio_id
WHERE p.household_id = ANY(%s) AND o.created_at > %s
GROUP BY p.household_id, o.side, o.instrument_id
"""
Placed = Mapping[tuple[UUID, Side, UUID], int]


def facts_of(order: Order) -> OrderFacts:
    """The order as the rules see it."""
    return OrderFacts(
        id=order.pk,
        quantity=order.quantity,
        state=OrderState(order.state),
        filled=order.filled,
        average_price=order.average_price,
        attempt=order.attempt,
        epoch=order.epoch or 0,
        is_cancel_wanted=order.cancel_wanted_at is not None,
        is_expired=order.is_expired,
        lives=lives_of(order),
        absences=order.absences,
        inquiry=order.inquiry,
        reason=order.words,
        version=order.version,
    )


def executions_of(orders: Collection[Order]) -> dict[UUID, list[ExecutionFacts]]:
    """The fills of each order as the rules see them, in one query."""
    facts: dict[UUID, list[ExecutionFacts]] = {order.pk: [] for order in orders}
    if orders:
        rows = Execution.objects.filter(order__in=facts).select_related("account", "instrument")
        for row in rows.defer("account__flex_token"):
            facts[row.order_id].append(fill_facts(row))
    return facts


def fill_facts(row: Execution) -> ExecutionFacts:
    """One fill as the rules see it."""
    return ExecutionFacts(
        exec_id=row.exec_id,
        revision=row.revision,
        order_ref=row.order_ref,
        perm_id=row.perm_id,
        account=row.account.code,
        con_id=0,
        symbol=row.instrument.symbol,
        currency=row.currency,
        side=Side(row.side),
        quantity=row.quantity,
        price=row.price,
        executed_at=row.executed_at,
        commission=row.commission,
        commission_currency=row.commission_currency,
    )


def lives_of(order: Order) -> OrderLives:
    """The lives of an order at the broker."""
    rows: Sequence[dict[str, Any]] = order.lives
    return tuple(
        OrderLife(perm_id=row["perm_id"], has_ended=row["has_ended"], told_filled=Decimal(row["told_filled"]))
        for row in rows
    )


def is_order_of(gateway_id: UUID, order_id: UUID) -> bool:
    """Whether the order goes through this gateway."""
    return Order.objects.filter(pk=order_id, account__gateway_id=gateway_id).exists()


def groups_spent(named: Collection[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Of these groups, by account and name, those in which an order has filled: no other one lives on."""
    accounts, names = {account_id for account_id, _ in named}, {name for _, name in named}
    rows = Order.objects.filter(account__in=accounts, oca_group__in=names, filled__gt=0)
    return set(named) & set(rows.values_list("account_id", "oca_group"))


def orders_placed(households: Collection[UUID], *, since: datetime) -> Placed:
    """How many orders these households have placed since a moment: by household, side and instrument."""
    with connection.cursor() as cursor:
        cursor.execute(PLACED, [list(households), since])
        return {
            (household_id, Side(side), instrument_id): count
            for household_id, side, instrument_id, count in cursor.fetchall()
        }
