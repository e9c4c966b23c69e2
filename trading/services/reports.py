"""What the broker tells, written down: how orders stand, and fills. Everything may come twice or late."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common.prepared import Prepared
from common.transactions import write_transaction
from portfolios.services.instruments import InstrumentResolver
from trading.engine.executions import executed, newest_executions
from trading.engine.order_events import BrokerSaid, Doubted, Rejected
from trading.engine.order_events import OrderEvent as Step
from trading.engine.orders import UnlawfulStep
from trading.engine.records import BrokerOrder, ExecutionFacts
from trading.models import BrokerAccount, Execution, Order
from trading.selectors.instruments import facts_of_fill, instrument_of_fill
from trading.selectors.locked_orders import orders_lock
from trading.selectors.orders import executions_of
from trading.services.breaches import breaches_stop
from trading.services.order_steps import Steps, history_add, order_tell

# The key of no order.
UNKNOWN = UUID(int=0)


@write_transaction
def broker_orders_record(*, gateway_id: UUID, told: Sequence[BrokerOrder], now: datetime) -> int:
    """Let our orders follow what the broker says of them; returns how many words changed one.

    An order is known by its reference, or by the broker's durable number once that was heard; words about
    orders that are not ours are nobody's. Words that cannot be about the order they name put it in doubt.
    """
    named = orders_named(gateway_id, told)
    return _told(named, orders_lock(list(named.values())), now)


@write_transaction
def words_record(
    *, gateway_id: UUID, told: Sequence[BrokerOrder], fills: Sequence[ExecutionFacts], now: datetime
) -> list[UUID]:
    """Take what the broker said of orders and of fills in one go, as the two verbs for them would.

    Returns the orders of which it spoke and whose change somebody still waits for.
    """
    accounts, ours = _ours(gateway_id, fills)
    named, by_fill = orders_named(gateway_id, told), orders_of_fills(gateway_id, ours)
    locked = orders_lock([*named.values(), *by_fill.values()])
    _told(named, locked, now)
    _filled(accounts, ours, by_fill, locked, now)
    return [key for key in named.values() if locked[key].wanted is not None]


@write_transaction
def order_refused(*, order_id: UUID, code: int, words: str, now: datetime) -> bool:
    """The broker refused the order in so many words; returns whether that was news."""
    order = orders_lock([order_id])[order_id]
    return _taken_alone(order, Rejected(reason=words), now, words=words, detail={"code": code})


@write_transaction
def order_remarked(
    *, order_id: UUID, code: int, words: str, now: datetime, refuses_change: bool = False
) -> None:
    """Keep the broker's words about a living order; a wanted change that they refuse is given up."""
    order = orders_lock([order_id])[order_id]
    if order.wanted is not None and refuses_change:
        order.wanted = None
        order.save(update_fields=["wanted", "updated_at"])
    history_add(order, kind="BrokerRemarked", now=now, words=words, detail={"code": code})
    order_tell(order)


@write_transaction
def orders_doubt(*, order_ids: Sequence[UUID], reason: str, now: datetime) -> int:
    """Nobody knows any more how these orders stand; returns how many that was news for."""
    steps = Steps(now)
    news = sum(_taken(steps, order, Doubted(reason=reason)) for order in orders_lock(order_ids).values())
    steps.write()
    return news


@write_transaction
def executions_record(*, gateway_id: UUID, told: Sequence[ExecutionFacts], now: datetime) -> int:
    """Keep fills, each once in its newest telling, and let their orders follow; returns how many were news.

    The ledger follows separately (`trading.services.booking`), so that a fill is never lost to a book that
    cannot take it.
    """
    accounts, ours = _ours(gateway_id, told)
    by_fill = orders_of_fills(gateway_id, ours)
    return _filled(accounts, ours, by_fill, orders_lock(list(by_fill.values())), now)


def orders_named(gateway_id: UUID, told: Sequence[BrokerOrder]) -> dict[BrokerOrder, UUID]:
    """The order of ours that the broker means by each of its words; those about others are left out."""
    by_ref = _ours_of_refs(gateway_id, (said.order_ref for said in told))
    named: dict[BrokerOrder, UUID] = {}
    for said in told:
        # A reference is never another order's, so a durable number does not help where it is not ours.
        key = by_ref.get(said.order_ref) if said.order_ref else _of_perm_id(gateway_id, said.perm_id)
        if key is not None:
            named[said] = key
    return named


def orders_of_fills(gateway_id: UUID, fills: Sequence[ExecutionFacts]) -> dict[ExecutionFacts, UUID]:
    """The order of ours that each fill belongs to; trades that were not ours are left out."""
    by_ref = _ours_of_refs(gateway_id, (fill.order_ref for fill in fills))
    named: dict[ExecutionFacts, UUID] = {}
    for fill in fills:
        key = by_ref.get(fill.order_ref)
        if key is None and fill.perm_id:
            key = _of_perm_id(gateway_id, fill.perm_id)
        if key is not None:
            named[fill] = key
    return named


def _ours_of_refs(gateway_id: UUID, refs: Iterable[str]) -> dict[str, UUID]:
    keys = {ref: key for ref in refs if (key := uuid_or_none(ref)) is not None}
    if not keys:
        return {}
    ours = {key for (key,) in BEHIND.rows(gateway_id, sorted(set(keys.values())))}
    return {ref: key for ref, key in keys.items() if key in ours}


def _behind(gateway_id: UUID, keys: Sequence[UUID]) -> QuerySet[Any, Any]:
    orders: QuerySet[Any, Any] = Order.objects.filter(account__gateway_id=gateway_id, pk__in=keys).order_by()
    return orders.values_list("pk")


# Which of some keys are orders of a gateway: asked of all that the broker says.
BEHIND = Prepared(_behind)


def _of_perm_id(gateway_id: UUID, perm_id: int) -> UUID | None:
    rows = Order.objects.filter(account__gateway_id=gateway_id, lives__contains=[{"perm_id": perm_id}])
    return rows.values_list("pk", flat=True).first()


def uuid_or_none(text: str) -> UUID | None:
    """The key written in `text`; None when it is something else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _told(named: Mapping[BrokerOrder, UUID], locked: Mapping[UUID, Order], now: datetime) -> int:
    """Let locked orders follow the words that name them."""
    steps = Steps(now)
    changed = 0
    for said, order_id in named.items():
        detail = {"perm_id": said.perm_id, "state": said.state.value, "filled": f"{said.filled:f}"}
        changed += _taken(steps, locked[order_id], BrokerSaid(order=said), words=said.words, detail=detail)
    steps.write()
    return changed


def _ours(
    gateway_id: UUID, told: Sequence[ExecutionFacts]
) -> tuple[dict[str, BrokerAccount], list[ExecutionFacts]]:
    """The accounts behind the gateway by their numbers, and the fills in them, each in its newest telling."""
    if not told:
        return {}, []
    rows = BrokerAccount.objects.filter(gateway_id=gateway_id).select_related("portfolio")
    accounts = {row.code: row for row in rows.defer("flex_token")}
    return accounts, [fill for fill in newest_executions(told) if fill.account in accounts]


def _filled(
    accounts: Mapping[str, BrokerAccount],
    fills: Sequence[ExecutionFacts],
    by_fill: Mapping[ExecutionFacts, UUID],
    locked: Mapping[UUID, Order],
    now: datetime,
) -> int:
    """Keep fills, and let their locked orders follow; returns how many were news."""
    if not fills:
        return 0
    rows = Execution.objects.select_for_update(of=("self",), no_key=True).filter(
        account__in=accounts.values(), exec_id__in={fill.exec_id for fill in fills}
    )
    stored = {(row.account_id, row.exec_id): row for row in rows.order_by("pk")}
    fresh: list[Execution] = []
    touched: set[UUID] = set()
    news = 0
    for fill in fills:
        account, order = accounts[fill.account], locked.get(by_fill.get(fill, UNKNOWN))
        known = stored.get((account.pk, fill.exec_id))
        row = known or _row_made(account, order, fill)
        if not _is_newer(fill, row):
            continue
        _retell(row, fill)
        if known is None:
            fresh.append(row)
        else:
            row.save()
        news += 1
        if order is not None:
            touched.add(order.pk)
    # One that another transaction has kept meanwhile stays as it is there: the next comparison tells it anew.
    Execution.objects.bulk_create(fresh, ignore_conflicts=True)
    _follow([locked[key] for key in sorted(touched)], now)
    return news


def _follow(orders: Sequence[Order], now: datetime) -> None:
    """Let orders follow all fills that are kept of them."""
    facts = executions_of(orders)
    steps = Steps(now)
    for order in orders:
        _taken(steps, order, executed(facts[order.pk]))
    steps.write()
    breaches_stop(orders, now=now)


def _row_made(account: BrokerAccount, order: Order | None, fill: ExecutionFacts) -> Execution:
    """A row for a fill that is told for the first time."""
    instrument_id = order.instrument_id if order else _instrument_id(account, fill)
    return Execution(
        account=account, portfolio_id=account.portfolio_id, order=order, instrument_id=instrument_id,
        exec_id=fill.exec_id, revision=0,
    )  # fmt: skip


def _retell(row: Execution, fill: ExecutionFacts) -> None:
    """Take over what is told of the fill now."""
    row.revision, row.order_ref, row.perm_id = fill.revision, fill.order_ref[:80], fill.perm_id
    row.side, row.quantity, row.price = fill.side.value, fill.quantity, fill.price
    row.currency, row.executed_at = fill.currency, fill.executed_at
    if fill.commission is not None:
        row.commission, row.commission_currency = fill.commission, fill.commission_currency


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
    steps: Steps, order: Order, step: Step, *, words: str = "", detail: dict[str, Any] | None = None
) -> bool:
    """Take the step; one that cannot happen puts the order in doubt, for somebody to look at."""
    try:
        return steps.take(order, step, words=words, detail=detail)
    except UnlawfulStep as error:
        return steps.take(order, Doubted(reason=str(error)), detail=detail)


def _taken_alone(order: Order, step: Step, now: datetime, **line: Any) -> bool:
    """The same for one order, written at once."""
    steps = Steps(now)
    is_news = _taken(steps, order, step, **line)
    steps.write()
    return is_news
