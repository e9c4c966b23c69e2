"""What depends on the orders in flight, read in one statement while their accounts are locked."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from trading.engine.controls.facts import KillSwitch, RecentOrder, SwitchScope
from trading.engine.records import OrderKind, OrderTicket, Side, TimeInForce
from trading.models import BrokerAccount, Order

ZERO = Decimal(0)
RATE_SPAN = timedelta(seconds=2)
# The broker's buying power knows of every fill that is this much older than it.
TOLD_LATE = timedelta(days=1)
MOST_WORDS = 5
PRICES = ("limit_price", "stop_price", "trail_amount", "trail_percent")

# One snapshot for all of it. The account's row must be locked by a statement before this one: a statement
# that waits for a lock goes on with the snapshot from before it waited, which lacks the order it waited for.
# Each part has an index of its own: what is open `order_open`, a day's orders `order_account` and
# `order_time`. Amounts inside JSON are text, so that they stay exact.
STATEMENT = """
WITH alive AS MATERIALIZED (
    SELECT id, account_id, instrument_id, side, quantity, filled, reserved, oca_group, parent_id, lives
    FROM orders WHERE state NOT IN ('filled', 'cancelled', 'rejected')
)
SELECT
    (SELECT sum(reserved) FROM alive WHERE account_id = %(account)s),
    (SELECT sum(reserved) FROM alive),
    (SELECT sum(notional) FROM orders WHERE account_id = %(account)s AND created_at >= %(day)s
        AND state <> 'rejected' AND NOT (state = 'cancelled' AND filled = 0)),
    (SELECT sum(filled * average_price) FROM orders WHERE created_at >= %(day)s AND side = 'buy'),
    (SELECT sum(quantity * price) FROM executions WHERE account_id = %(account)s AND side = 'buy'
        AND (%(told_at)s IS NULL OR (created_at >= %(told_at)s AND executed_at >= %(told_from)s))),
    (SELECT array_agg(created_at) FROM orders
        WHERE account_id = %(account)s AND created_at > %(lately)s),
    (SELECT array_agg(created_at) FROM orders WHERE created_at > %(lately)s),
    (SELECT json_agg(json_build_array(account_id, reason, engaged_at) ORDER BY engaged_at, id)::text
        FROM kill_switches
        WHERE lifted_at IS NULL AND (account_id IS NULL OR account_id = %(account)s)),
    ARRAY(SELECT words FROM broker_differences WHERE account_id = %(account)s AND closed_at IS NULL
        ORDER BY seen_at, id LIMIT %(most)s),
    ARRAY(SELECT DISTINCT build FROM gateway_states
        WHERE is_enabled AND held_until IS NOT NULL AND build <> ''),
    (SELECT count(*) FROM alive WHERE account_id = %(account)s
        AND (jsonb_array_length(lives) > 1 OR filled > quantity)),
    (SELECT json_agg(json_build_array(instrument_id, quantity::text))::text FROM holdings
        WHERE portfolio_id = %(portfolio)s AND instrument_id = ANY(%(instruments)s)),
    (SELECT json_agg(json_build_array(instrument_id, (-quantity)::text))::text FROM executions
        WHERE account_id = %(account)s AND side = 'sell' AND transaction_id IS NULL
            AND instrument_id = ANY(%(instruments)s)),
    (SELECT json_agg(json_build_array(
            sale.instrument_id,
            coalesce('group:' || nullif(sale.oca_group, ''), 'after:' || sale.parent_id, 'order:' || sale.id),
            (sale.quantity - sale.filled)::text))::text
        FROM alive sale LEFT JOIN orders parent ON parent.id = sale.parent_id
        WHERE sale.account_id = %(account)s AND sale.side = 'sell'
            AND sale.instrument_id = ANY(%(instruments)s)
            AND NOT (parent.id IS NOT NULL AND parent.side = 'buy' AND parent.filled = 0)),
    (SELECT json_agg(json_build_array(instrument_id, id, created_at, side, kind, time_in_force,
            quantity::text, limit_price::text, stop_price::text, trail_amount::text, trail_percent::text,
            wanted))::text
        FROM orders WHERE account_id = %(account)s AND created_at > %(since)s
            AND instrument_id = ANY(%(instruments)s)),
    (SELECT request_digest FROM idempotency_keys WHERE user_id = %(user)s AND key = %(key)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked of an account under its lock.

    Orders since `day` count to the day, those since `since` as lately placed.
    """

    account: BrokerAccount
    instrument_ids: Sequence[UUID]
    day: datetime
    since: datetime
    now: datetime
    user_id: UUID | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """An order that was placed lately, with its instrument."""

    instrument_id: UUID
    id: UUID
    placed_at: datetime
    ticket: OrderTicket

    def under(self, account_id: UUID, con_id: int) -> RecentOrder:
        """The same as the controls take it."""
        return RecentOrder(
            id=self.id, account_id=account_id, con_id=con_id, placed_at=self.placed_at, ticket=self.ticket
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFacts:
    """The account among the orders in flight.

    `reserved` is what its open orders hold back, `all_reserved` that of everybody; `all_bought` what has
    filled of the day's purchases. `bought_since` is what fills have cost since the broker told the buying
    power. `suspects` counts open orders that may have gone beyond what was approved. `is_key_used` says that
    an answer is kept under the key that was asked about.

    `held` is by instrument what the book holds, less the sales that are not in it yet; `on_sale` what open
    orders still sell, by instrument and by group: of a group (`group_of`) only one can fill.
    """

    reserved: Decimal
    all_reserved: Decimal
    day_notional: Decimal
    all_bought: Decimal
    bought_since: Decimal
    account_sends: tuple[datetime, ...]
    global_sends: tuple[datetime, ...]
    switches: tuple[KillSwitch, ...]
    drift: tuple[str, ...]
    builds: frozenset[str]
    suspects: int
    held: dict[UUID, Decimal]
    on_sale: dict[UUID, dict[str, Decimal]]
    recent: tuple[Recent, ...]
    is_key_used: bool


def locked_facts(ask: Ask) -> LockedFacts:
    """Read it all, of one moment."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, _arguments(ask))
        row: tuple[Any, ...] = cursor.fetchone()
    sums, rest = [value or ZERO for value in row[:5]], row[5:]
    own, together, switches, drift, builds, suspects, held, sold, sales, recent, digest = rest
    return LockedFacts(
        reserved=sums[0],
        all_reserved=sums[1],
        day_notional=sums[2],
        all_bought=sums[3],
        bought_since=sums[4],
        account_sends=tuple(own or ()),
        global_sends=tuple(together or ()),
        switches=tuple(_switch(*each) for each in json.loads(switches or "[]")),
        drift=tuple(drift),
        builds=frozenset(builds),
        suspects=suspects,
        held=_sums([*json.loads(held or "[]"), *json.loads(sold or "[]")]),
        on_sale=_on_sale(json.loads(sales or "[]")),
        recent=tuple(_recent(*each) for each in json.loads(recent or "[]")),
        is_key_used=digest is not None,
    )


def group_of(order: Order) -> str:
    """What an order shares with those that it ends when it fills."""
    if order.oca_group:
        return f"group:{order.oca_group}"
    return f"after:{order.parent_id}" if order.parent_id else f"order:{order.pk}"


def _arguments(ask: Ask) -> dict[str, Any]:
    told_at = ask.account.values_at
    return {
        "account": ask.account.pk,
        "portfolio": ask.account.portfolio_id,
        "instruments": list(ask.instrument_ids),
        "day": ask.day,
        "since": ask.since,
        "lately": ask.now - RATE_SPAN,
        "told_at": told_at,
        "told_from": None if told_at is None else told_at - TOLD_LATE,
        "most": MOST_WORDS,
        "user": ask.user_id,
        "key": ask.key,
    }


def _switch(account_id: str | None, reason: str, engaged_at: str) -> KillSwitch:
    return KillSwitch(
        scope=SwitchScope.GLOBAL if account_id is None else SwitchScope.ACCOUNT,
        key=account_id or "",
        reason=reason,
        engaged_at=datetime.fromisoformat(engaged_at),
    )


def _sums(rows: Collection[tuple[str, str]]) -> dict[UUID, Decimal]:
    totals: dict[UUID, Decimal] = {}
    for key, quantity in rows:
        totals[UUID(key)] = totals.get(UUID(key), ZERO) + Decimal(quantity)
    return totals


def _on_sale(rows: Collection[tuple[str, str, str]]) -> dict[UUID, dict[str, Decimal]]:
    """Shares that open orders already sell; of orders that cancel each other the largest."""
    found: dict[UUID, dict[str, Decimal]] = {}
    for key, group, left in rows:
        groups = found.setdefault(UUID(key), {})
        groups[group] = max(groups.get(group, ZERO), Decimal(left))
    return found


def _recent(*row: Any) -> Recent:
    instrument, key, placed_at, side, kind, time_in_force, quantity, *prices, wanted = row
    amounts = {"quantity": quantity, **dict(zip(PRICES, prices, strict=True))}
    # As the ticket would be read: with the change that somebody wants where there is one.
    amounts |= {name: told for name, told in (wanted or {}).items() if name in amounts and told}
    terms: dict[str, Any] = {name: None if text is None else Decimal(text) for name, text in amounts.items()}
    return Recent(
        instrument_id=UUID(instrument),
        id=UUID(key),
        placed_at=datetime.fromisoformat(placed_at),
        ticket=OrderTicket(
            side=Side(side), kind=OrderKind(kind), time_in_force=TimeInForce(time_in_force), **terms
        ),
    )
