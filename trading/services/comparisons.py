"""Holding the broker's records against the book: doubts are settled by them, differences become tasks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from common.transactions import write_transaction
from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.engine.differences import BookOrder, BookState, BrokerState, DifferenceKind
from trading.engine.differences import Difference as Found
from trading.engine.order_events import Doubted
from trading.engine.order_matching import OrderIndex, is_about
from trading.engine.orders import OrderFacts, UnlawfulStep
from trading.engine.reconcile import reconcile
from trading.engine.records import BrokerOrder, OrderState
from trading.engine.settlement import settling_events
from trading.models import BrokerAccount, Gateway, Order, SyncRun
from trading.selectors.broker_books import book_state
from trading.selectors.locked_orders import orders_lock
from trading.selectors.orders import facts_of
from trading.selectors.told_news import fills_news, orders_news
from trading.services.differences import BookCheck, book_check, commissions_untold, differences_record
from trading.services.gateways import gateway_fence
from trading.services.order_steps import order_take
from trading.services.reports import broker_orders_record, executions_record

WORKING = (OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED)
REGULAR = "regular"
KEPT_DAYS = 2
NOT_TOLD = "The broker does not tell the order any more, neither as living nor as ended."


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison that was begun: its row, and the number of the question for the proofs of absence."""

    run_id: UUID
    inquiry: int
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonResult:
    """What a comparison found. `unsettled` orders need another question; `stray` ones should not live."""

    unsettled: int
    differences: int
    stray: tuple[BrokerOrder, ...]


@write_transaction
def comparison_begin(*, gateway_id: UUID, epoch: int, cause: str, now: datetime) -> Comparison:
    """Note that the broker is about to be asked. Raises FencedOut when overtaken."""
    gateway = gateway_fence(gateway_id, epoch)
    Gateway.objects.filter(pk=gateway_id).update(inquiries=F("inquiries") + 1)
    old = SyncRun.objects.filter(gateway_id=gateway_id, cause=REGULAR)
    old.filter(started_at__lt=now - timedelta(days=KEPT_DAYS)).delete()
    run = SyncRun.objects.create(gateway=gateway, cause=cause[:40], started_at=now)
    return Comparison(run_id=run.pk, inquiry=gateway.inquiries + 1, began_at=now)


@write_transaction
def comparison_fail(*, comparison: Comparison, words: str, now: datetime) -> None:
    """Note that the broker could not be asked."""
    SyncRun.objects.filter(pk=comparison.run_id).update(
        state=SyncRun.State.FAILED, finished_at=now, words=words[:300]
    )


def comparison_finish(
    *, gateway_id: UUID, epoch: int, comparison: Comparison, broker: BrokerState, now: datetime
) -> ComparisonResult:
    """Write down what the broker answered, settle what it settles, keep what differs.

    Each step is a transaction of its own: all may be repeated, and what is learnt of one order is not lost
    to a fault in another's. Raises FencedOut when overtaken.
    """
    fills = fills_news(gateway_id, broker.executions)
    news = executions_record(gateway_id=gateway_id, told=fills, now=now)
    orders = orders_news(gateway_id, _in_order(broker))
    changed = broker_orders_record(gateway_id=gateway_id, told=orders, now=now)
    unsettled = doubts_settle(
        gateway_id=gateway_id, epoch=epoch, comparison=comparison, broker=broker, now=now
    )
    book = _snapshot(gateway_id, broker, now, since=comparison.began_at)
    found = [one for one in _compared(book, broker, now) if _is_lasting(one)]
    counts = {"fills": news, "orders": changed, "unsettled": unsettled, "differences": len(found)}
    check = book_check(book, broker, found, has_orders=True)
    _close(gateway_id=gateway_id, epoch=epoch, comparison=comparison, check=check, counts=counts, now=now)
    return ComparisonResult(
        unsettled=unsettled, differences=len(found), stray=tuple(_stray(book.orders, broker))
    )


@write_transaction
def doubts_settle(
    *, gateway_id: UUID, epoch: int, comparison: Comparison, broker: BrokerState, now: datetime
) -> int:
    """Settle orders in doubt by the broker's answers, and doubt those it ought to know and does not.

    Only orders that stood so before the question was asked: of a later one the answers say nothing. Returns
    how many need another question.
    """
    gateway_fence(gateway_id, epoch)
    asked = Order.objects.filter(account__gateway_id=gateway_id, state_since__lt=comparison.began_at)
    keys = asked.filter(state__in=[OrderState.UNKNOWN, *WORKING]).values_list("pk", flat=True)
    locked = orders_lock(list(keys))
    # The whole book is only read when there is something to settle by it.
    book = book_state(gateway_id, broker, now) if locked else BookState()
    facts = {order.facts.id: order for order in book.orders}
    for key, order in locked.items():
        if key in facts and order.account.code in broker.accounts:
            _settle(order, facts[key], book, broker, comparison=comparison, epoch=epoch, now=now)
    rest = Order.objects.filter(account__gateway_id=gateway_id, state=OrderState.UNKNOWN)
    return sum(_needs_question(facts_of(order)) for order in rest)


@write_transaction
def orders_in_flight_doubt(
    *, gateway_id: UUID, epoch: int, before: datetime, reason: str, now: datetime
) -> int:
    """Doubt orders that were leased before that moment and never acknowledged; returns how many."""
    gateway_fence(gateway_id, epoch)
    left = Order.objects.filter(
        account__gateway_id=gateway_id, state=OrderState.SENDING, sent_at__lt=before
    ).values_list("pk", flat=True)
    return sum(order_take(one, Doubted(reason=reason), now=now) for one in orders_lock(list(left)).values())


# Settling -------------------------------------------------------------------------------------------


def _settle(
    order: Order, known: BookOrder, book: BookState, broker: BrokerState,
    *, comparison: Comparison, epoch: int, now: datetime,
) -> None:  # fmt: skip
    if order.state in WORKING:
        if not _is_told(known.facts, broker):
            order_take(order, Doubted(reason=NOT_TOLD), now=now, detail={"inquiry": comparison.inquiry})
        return
    events = settling_events(known, book, broker, inquiry=comparison.inquiry, epoch=epoch)
    for event in events:
        try:
            order_take(order, event, now=now, detail={"inquiry": comparison.inquiry})
        except UnlawfulStep as error:
            order_take(order, Doubted(reason=str(error)), now=now, detail={"inquiry": comparison.inquiry})


def _is_told(facts: OrderFacts, broker: BrokerState) -> bool:
    is_listed = any(is_about(each, facts) for each in broker.orders)
    return is_listed or any(is_about(each, facts) for each in broker.executions)


def _needs_question(facts: OrderFacts) -> bool:
    """Whether another question may settle it: not when it is absent for good, nor waits to be sent again."""
    return not facts.is_absent


def _in_order(broker: BrokerState) -> Sequence[BrokerOrder]:
    """Each life once, in its last telling: what is told as open and as ended has ended meanwhile."""
    return list({(each.order_ref, each.perm_id): each for each in broker.orders}.values())


def _stray(orders: Sequence[BookOrder], broker: BrokerState) -> Iterable[BrokerOrder]:
    """Lives at the broker that should not be: of an order that is over, twice there, or unwanted."""
    index = OrderIndex(orders)
    for told in broker.open_orders:
        mine = index.find(told)
        if mine is not None and (told.perm_id in mine.facts.stray_perm_ids or mine.facts.is_cancel_wanted):
            yield told


# Differences ----------------------------------------------------------------------------------------


def _snapshot(gateway_id: UUID, broker: BrokerState, now: datetime, *, since: datetime) -> BookState:
    """The book as it stands at one moment, while fills are heard and booked beside us.

    What came `since` the broker was asked, and is not among its answers, is left out.
    """
    if connection.in_atomic_block:
        return book_state(gateway_id, broker, now, since=since)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return book_state(gateway_id, broker, now, since=since)


def _compared(book: BookState, broker: BrokerState, now: datetime) -> tuple[Found, ...]:
    """The differences; cash is left out where a commission has not been told yet."""
    untold = commissions_untold(broker)
    cash = {key: amount for key, amount in book.cash.items() if key[0] not in untold}
    theirs = {key: amount for key, amount in broker.cash.items() if key[0] not in untold}
    midnight = datetime.combine(now.astimezone(EXCHANGE_ZONE).date(), time(), EXCHANGE_ZONE)
    return reconcile(
        replace(book, cash=cash),
        replace(broker, cash=theirs),
        since=max(midnight, now - timedelta(hours=12)),
    )  # fmt: skip


def _is_lasting(found: Found) -> bool:
    """Whether a person has to look: the state of an order follows by itself from what the broker tells."""
    return found.kind is not DifferenceKind.ORDER_STATE


@write_transaction
def _close(
    *, gateway_id: UUID, epoch: int, comparison: Comparison, check: BookCheck,
    counts: dict[str, int], now: datetime,
) -> None:  # fmt: skip
    gateway_fence(gateway_id, epoch)
    accounts = list(BrokerAccount.objects.filter(gateway_id=gateway_id).select_related("portfolio"))
    differences_record(accounts=accounts, check=check, now=now)
    SyncRun.objects.filter(pk=comparison.run_id).update(
        state=SyncRun.State.DONE, finished_at=now, counts=counts
    )
    Gateway.objects.filter(pk=gateway_id).update(reconciled_at=comparison.began_at)
