"""Control 7: the same order twice within seconds is asked about, because fingers slip."""

from datetime import timedelta

from trading.engine.controls.facts import ControlFacts, RecentOrder
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.verdicts import Finding, asked, passed
from trading.engine.records import OrderTicket


def duplicate_judged(facts: ControlFacts, limits: ControlLimits) -> Finding:
    """The same account, instrument, side, quantity and prices within the window (SEC Rule 15c3-5(c)(1)(ii)).

    The same order sent twice with one key is no duplicate: it is answered from the first.
    """
    span = timedelta(seconds=limits.duplicate_seconds)
    twins = [order for order in facts.recent_orders if _is_twin(order, facts, span)]
    if twins:
        return asked(
            f"The same order was placed within {limits.duplicate_seconds} seconds: is this a second one?",
            count=len(twins),
            first=twins[0].id,
        )
    return passed("No such order was placed in the last seconds.")


def _is_twin(order: RecentOrder, facts: ControlFacts, span: timedelta) -> bool:
    return (
        order.id != facts.order_id
        and (order.account_id, order.con_id) == (facts.account.id, facts.contract.con_id)
        # Both ways: a clock that was set back must not hide a twin.
        and abs(facts.now - order.placed_at) < span
        and _figures(order.ticket) == _figures(facts.ticket)
    )


def _figures(ticket: OrderTicket) -> tuple[object, ...]:
    return (
        ticket.side,
        ticket.quantity,
        ticket.kind,
        ticket.limit_price,
        ticket.stop_price,
        ticket.trail_amount,
        ticket.trail_percent,
    )
