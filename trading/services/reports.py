"""What the broker tells, written down: how orders stand, and fills. Everything may come twice or late."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from common.transactions import write_transaction
from portfolios.services.instruments import InstrumentResolver
from trading.engine.executions import executed, newest_executions
from trading.engine.order_events import BrokerSaid, Doubted, Rejected
from trading.engine.order_events import OrderEvent as Step
from trading.engine.orders import UnlawfulStep
from trading.engine.records import BrokerOrder, ExecutionFacts
from trading.models import BrokerAccount, Execution, Order
from trading.selectors.instruments import facts_of_fill, instrument_of_fill
from trading.selectors.orders import execution_facts
from trading.services.order_steps import history_add, order_take, order_tell, orders_lock


@write_transaction
def broker_orders_record(*, gateway_id: UUID, told: Sequence[BrokerOrder], now: datetime) -> int:
    """Let our orders follow what the broker says of them; returns how many changed.

    An order is known by its reference, or by the broker's durable number once that was heard; words about
    orders that are not ours are nobody's. Words that cannot be about the order they name put it in doubt.
    """
    named = {said: order_id for said in told if (order_id := order_named(gateway_id, said)) is not None}
    locked = orders_lock(list(named.values()))
    changed = 0
    for said, order_id in named.items():
        order = locked[order_id]
        detail = {"perm_id": said.perm_id, "state": said.state.value, "filled": f"{said.filled:f}"}
        changed += _taken(order, BrokerSaid(order=said), now, words=said.words, detail=detail)
    return changed


@write_transaction
def order_refused(*, order_id: UUID, code: int, words: str, now: datetime) -> bool:
    """The broker refused the order in so many words; returns whether that was news."""
    order = orders_lock([order_id])[order_id]
    return _taken(order, Rejected(reason=words), now, words=words, detail={"code": code})


@write_transaction
def order_remarked(*, order_id: UUID, code: int, words: str, now: datetime) -> None:
    """Keep the broker's words about a living order: a wanted change that it refused is given up."""
    order = orders_lock([order_id])[order_id]
    if order.wanted is not None and code in CHANGE_REFUSALS:
        order.wanted = None
        order.save(update_fields=["wanted", "updated_at"])
    history_add(order, kind="BrokerRemarked", now=now, words=words, detail={"code": code})
    order_tell(order)


# Validation, price and change refusals: said of a change, the order before it goes on.
CHANGE_REFUSALS = frozenset({103, 104, 105, 110, 134, 201, 321, 329, 10147, 10148, 10149})


@write_transaction
def orders_doubt(*, order_ids: Sequence[UUID], reason: str, now: datetime) -> int:
    """Nobody knows any more how these orders stand; returns how many that was news for."""
    return sum(_taken(order, Doubted(reason=reason), now) for order in orders_lock(order_ids).values())


@write_transaction
def executions_record(*, gateway_id: UUID, told: Sequence[ExecutionFacts], now: datetime) -> int:
    """Keep fills, each once in its newest telling, and let their orders follow; returns how many were news.

    The ledger follows separately (`trading.services.booking`), so that a fill is never lost to a book that
    cannot take it.
    """
    accounts = {row.code: row for row in BrokerAccount.objects.filter(gateway_id=gateway_id)}
    ours = [fill for fill in newest_executions(told) if fill.account in accounts]
    orders = {fill: _order_of_fill(gateway_id, fill) for fill in ours}
    locked = orders_lock([key for key in orders.values() if key is not None])
    touched: set[UUID] = set()
    news = 0
    for fill in ours:
        order_id = orders[fill]
        order = None if order_id is None else locked[order_id]
        if _execution_keep(accounts[fill.account], order, fill):
            news += 1
            if order is not None:
                touched.add(order.pk)
    for order_id in touched:
        order = locked[order_id]
        _taken(order, executed(execution_facts(order)), now)
    return news


def order_named(gateway_id: UUID, said: BrokerOrder) -> UUID | None:
    """The order of ours that the broker means; None when it is not one of ours."""
    mine = Order.objects.filter(account__gateway_id=gateway_id)
    if said.order_ref:
        key = uuid_or_none(said.order_ref)
        return mine.filter(pk=key).values_list("pk", flat=True).first() if key else None
    return mine.filter(lives__contains=[{"perm_id": said.perm_id}]).values_list("pk", flat=True).first()


def uuid_or_none(text: str) -> UUID | None:
    """The key written in `text`; None when it is something else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _order_of_fill(gateway_id: UUID, fill: ExecutionFacts) -> UUID | None:
    mine = Order.objects.filter(account__gateway_id=gateway_id)
    key = uuid_or_none(fill.order_ref)
    found = mine.filter(pk=key).values_list("pk", flat=True).first() if key else None
    if found is None and fill.perm_id:
        numbered = mine.filter(lives__contains=[{"perm_id": fill.perm_id}])
        found = numbered.values_list("pk", flat=True).first()
    return found


def _execution_keep(account: BrokerAccount, order: Order | None, fill: ExecutionFacts) -> bool:
    """Insert the fill, or replace an older telling of it; returns whether anything was new."""
    row = Execution.objects.select_for_update().filter(account=account, exec_id=fill.exec_id).first()
    if row is None:
        instrument_id = order.instrument_id if order else _instrument_id(account, fill)
        row = Execution(
            account=account, portfolio_id=account.portfolio_id, order=order, instrument_id=instrument_id,
            exec_id=fill.exec_id, revision=0,
        )  # fmt: skip
    if not _is_newer(fill, row):
        return False
    row.revision, row.order_ref, row.perm_id = fill.revision, fill.order_ref[:80], fill.perm_id
    row.side, row.quantity, row.price = fill.side.value, fill.quantity, fill.price
    row.currency, row.executed_at = fill.currency, fill.executed_at
    if fill.commission is not None:
        row.commission, row.commission_currency = fill.commission, fill.commission_currency
    row.save()
    return True


def _instrument_id(account: BrokerAccount, fill: ExecutionFacts) -> UUID:
    """The instrument of a trade that was not ours; one that the household has never seen is made for it."""
    found = instrument_of_fill(account, fill)
    if found is not None:
        return found
    resolver = InstrumentResolver(account.portfolio.household_id)
    facts = facts_of_fill(fill)
    resolver.create_missing([facts])
    return resolver.resolve(facts).pk


def _is_newer(fill: ExecutionFacts, row: Execution) -> bool:
    return fill.revision > row.revision or (
        fill.revision == row.revision and fill.commission is not None and fill.commission != row.commission
    )


def _taken(
    order: Order, step: Step, now: datetime, *, words: str = "", detail: dict[str, Any] | None = None
) -> bool:
    """Take the step; one that cannot happen puts the order in doubt, for somebody to look at."""
    try:
        return order_take(order, step, now=now, words=words, detail=detail)
    except UnlawfulStep as error:
        return order_take(order, Doubted(reason=str(error)), now=now, detail=detail)
