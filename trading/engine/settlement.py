"""How an order in doubt is settled: by what the broker's records say of it, and by nothing else."""

from trading.engine.differences import BookOrder, BookState, BrokerState
from trading.engine.executions import executed
from trading.engine.order_events import BrokerSaid, Doubted, OrderEvent, ProvenAbsent
from trading.engine.order_matching import is_about
from trading.engine.reconcile import POSITION_TOLERANCE, ZERO


def settling_events(
    order: BookOrder, book: BookState, broker: BrokerState, *, inquiry: int, epoch: int
) -> tuple[OrderEvent, ...]:
    """What happened to the order as far as the broker's answers go, to be put to it in this order.

    Fills come first, so that an end is judged with all that was filled; then every life that is open or
    ended. An order of which there is no trace is proven absent, once for each `inquiry`, unless the position
    in its instrument differs too: then something was traded that cannot be told, and the doubt stays.
    """
    told = [each for each in broker.orders if is_about(each, order.facts)]
    theirs = [fill for fill in broker.executions if is_about(fill, order.facts)]
    if not told and not theirs:
        return (_absence(order, book, broker, inquiry=inquiry, epoch=epoch),)
    known = [fill for fill in book.executions if is_about(fill, order.facts)]
    fills = (executed([*known, *theirs]),) if theirs else ()
    return (*fills, *(BrokerSaid(order=each) for each in told))


def _absence(
    order: BookOrder, book: BookState, broker: BrokerState, *, inquiry: int, epoch: int
) -> OrderEvent:
    if order.account not in broker.accounts:
        return Doubted(reason="The broker was not asked about the order's account.")
    here = book.positions.get((order.account, order.con_id), ZERO)
    there = sum(
        (
            held.quantity
            for held in broker.positions
            if (held.account, held.con_id) == (order.account, order.con_id)
        ),
        ZERO,
    )
    if abs(here - there) > POSITION_TOLERANCE:
        return Doubted(
            reason=f"The broker does not know the order, but holds {there:f} of {order.symbol}, not {here:f}."
        )
    return ProvenAbsent(inquiry=inquiry, epoch=epoch)
