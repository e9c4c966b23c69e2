"""What has gone wrong between brokers and programs before: each case with its name, and nothing is lost."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.trading.daemon.daemon_world import (
    Household,
    accepted,
    assert_equal,
    cancel_wanted,
    change_wanted,
    eventually,
    is_booked,
    rows,
    running_daemon,
    states,
)
from tests.trading.papergateway.gateway_fixture import ALICE, RunningGateway
from trading.engine.records import OrderKind, OrderState
from trading.models import Difference, Execution, Gateway, Order
from trading.papergateway.exchange.records import PaperPosition

pytestmark = pytest.mark.django_db(transaction=True)
RESTING = {"kind": OrderKind.LIMIT, "limit_price": Decimal(90), "time_in_force": "gtc"}


async def settled(paper: RunningGateway, household: Household, *wanted: str) -> None:
    """Orders stand as wanted, and both sides hold the same."""
    await eventually(lambda: states(household) == list(wanted))
    await eventually(lambda: is_booked(household, paper.book))
    await rows(assert_equal, household, paper.book)


async def ready(household: Household) -> None:
    """The gateway takes orders."""
    await eventually(lambda: household.state() == "ready")


def lives(paper: RunningGateway, order: Order) -> int:
    """How often an order lived at the broker."""
    told = (*paper.book.open_orders(), *paper.book.completed_orders())
    return sum(report.order.order_ref == str(order.pk) for report in told)


# The gateway restarts ---------------------------------------------------------------------------------


async def test_numbers_that_roll_back_at_night_are_not_used_again(
    paper: RunningGateway, household: Household
) -> None:
    """Lean.IB 242: after its restart the gateway hands out numbers that orders bear already."""
    async with running_daemon(household.gateway.pk):
        await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
        paper.gateway.restart(rollback=50)
        await asyncio.sleep(0.1)
        await ready(household)
        await accepted(household, quantity=Decimal(3))
        await settled(paper, household, "submitted", "filled")
    first, second = await rows(household.orders)
    assert (second.broker_order_id or 0) > (first.broker_order_id or 0)
    assert (lives(paper, first), lives(paper, second)) == (1, 1)


async def test_an_order_that_the_gateway_swallowed_is_sent_again_once(
    paper: RunningGateway, household: Household
) -> None:
    """Lean.IB 242 and ibx 116: written into a link that was dead, dropped without a word."""
    async with running_daemon(household.gateway.pk):
        await ready(household)
        paper.operator.faults.lost_orders = 1
        order = await accepted(household, quantity=Decimal(3))
        await settled(paper, household, "filled")
    assert lives(paper, order) == 1
    assert (await rows(Order.objects.get)).attempt == 2


async def test_an_order_that_was_taken_but_not_answered_is_found_and_not_repeated(
    paper: RunningGateway, household: Household
) -> None:
    """NautilusTrader's rule: an outcome that is not known is never a rejection."""
    async with running_daemon(household.gateway.pk):
        await ready(household)
        paper.operator.faults.withheld = {"3", "5", "11", "59"}
        order = await accepted(household, quantity=Decimal(3))
        await eventually(lambda: lives(paper, order) == 1)
        paper.gateway.drop_all()
        paper.operator.faults.withheld = set()
        await settled(paper, household, "filled")
    assert lives(paper, order) == 1


# The broker's link ------------------------------------------------------------------------------------


async def test_fills_while_the_link_was_lost_are_recovered(
    paper: RunningGateway, household: Household
) -> None:
    """Lean.IB 249: what is filled after 1100 is told by nobody."""
    async with running_daemon(household.gateway.pk):
        await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
        paper.operator.link(1100)
        await eventually(lambda: household.state() == "degraded")
        paper.operator.set_price("ACME", Decimal(89))
        paper.tick(seconds=1)
        assert await rows(states, household) == ["submitted"]
        paper.operator.link(1102)
        await settled(paper, household, "filled")
    assert await rows(Execution.objects.count) == 1


async def test_nothing_new_is_sent_and_nothing_changed_while_the_link_is_lost(
    paper: RunningGateway, household: Household
) -> None:
    """NautilusTrader 4564: a change on a degraded link became a second live order."""
    async with running_daemon(household.gateway.pk):
        order = await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
        paper.operator.link(1100)
        await eventually(lambda: household.state() == "degraded")
        await rows(change_wanted, order, limit_price="91")
        await accepted(household, quantity=Decimal(2))
        await asyncio.sleep(0.3)
        assert await rows(states, household) == ["submitted", "pending"]
        assert [report.order.limit_price for report in paper.book.open_orders()] == [Decimal(90)]
        paper.operator.link(1102)
        await eventually(lambda: Order.objects.get(pk=order.pk).limit_price == Decimal(91))
        await settled(paper, household, "submitted", "filled")
    assert lives(paper, order) == 1


async def test_an_order_that_lives_twice_is_cancelled_twice(
    paper: RunningGateway, household: Household
) -> None:
    """NautilusTrader 4564: the cancellation hit one of two, and the other was filled hours later."""
    async with running_daemon(household.gateway.pk):
        order = await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
        (first,) = paper.book.open_orders()
        paper.book.place(replace(first.order, order_id=first.order.order_id + 500), paper.clock.now)
        await rows(cancel_wanted, order)
        await settled(paper, household, "cancelled")
        await eventually(lambda: not paper.book.open_orders())
        await eventually(lambda: [life["has_ended"] for life in Order.objects.get().lives] == [True, True])
    assert lives(paper, order) == 2


async def test_a_refused_change_leaves_the_order_as_it_was(
    paper: RunningGateway, household: Household
) -> None:
    """ib_insync 502: a change that was refused is shown as the end of an order that lives on."""
    async with running_daemon(household.gateway.pk):
        order = await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
        await rows(change_wanted, order, quantity="5000")
        await eventually(lambda: Order.objects.get().wanted is None)
        after = await rows(Order.objects.get)
        assert (after.state, after.quantity) == ("submitted", Decimal(10))
        await rows(cancel_wanted, order)
        await settled(paper, household, "cancelled")


async def test_fills_of_a_gap_are_found_after_reconnecting(
    paper: RunningGateway, household: Household
) -> None:
    """ib_insync 130: after a new connection the list of trades is empty although there were some."""
    async with running_daemon(household.gateway.pk):
        await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
    paper.operator.set_price("ACME", Decimal(89))
    paper.tick(seconds=1)
    async with running_daemon(household.gateway.pk):
        await settled(paper, household, "filled")


async def test_how_an_order_ended_in_a_gap_is_asked_for(paper: RunningGateway, household: Household) -> None:
    """Rustrade's notes: fills do not say how an order ended, completed orders do."""
    async with running_daemon(household.gateway.pk):
        await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
    (living,) = paper.book.open_orders()
    paper.book.cancel(living.order.client_id, living.order.order_id, paper.clock.now)
    async with running_daemon(household.gateway.pk):
        await settled(paper, household, "cancelled")


async def test_a_number_that_is_in_use_is_never_taken_for_a_rejection(
    paper: RunningGateway, household: Household
) -> None:
    """ib_insync 80, 308 and 644: error 103, the same number again."""
    async with running_daemon(household.gateway.pk):
        await ready(household)
        await rows(lambda: Gateway.objects.update(order_id_floor=0))
        await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
        await rows(lambda: Gateway.objects.update(order_id_floor=0))
    async with running_daemon(household.gateway.pk):
        await accepted(household, quantity=Decimal(2))
        await settled(paper, household, "submitted", "filled")
    numbers = [order.broker_order_id for order in await rows(household.orders)]
    assert len(set(numbers)) == 2


# The socket -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["reset", "half_open", "stall", "truncated", "garbage"])
async def test_a_broken_socket_leaves_book_and_broker_equal(
    fault: str, paper: RunningGateway, household: Household
) -> None:
    """Fault 14: reset, half open, stalled, a frame cut short, bytes without a meaning."""
    async with running_daemon(household.gateway.pk):
        await ready(household)
        break_socket(paper, fault)
        order = await accepted(household, quantity=Decimal(3))
        await asyncio.sleep(0.7)
        paper.operator.clear()
        if fault == "half_open":
            paper.gateway.drop_all()
        await settled(paper, household, "filled")
    assert lives(paper, order) == 1


def break_socket(paper: RunningGateway, fault: str) -> None:
    """One of the ways in which a socket fails."""
    if fault == "reset":
        paper.gateway.drop_all()
    elif fault == "half_open":
        paper.operator.faults.is_half_open = True
    elif fault == "stall":
        paper.gateway.stall(0.6)
    elif fault == "truncated":
        paper.operator.faults.truncated_frames = 1
    else:
        paper.operator.faults.garbage_frames = 1


# Messages ---------------------------------------------------------------------------------------------


async def test_repeated_late_and_reversed_messages_count_once(
    paper: RunningGateway, household: Household
) -> None:
    """Fault 19: the broker repeats itself and mixes up the order."""
    async with running_daemon(household.gateway.pk):
        await ready(household)
        paper.operator.faults.duplicated = {"3", "5", "11", "59"}
        paper.operator.faults.is_reversed = True
        for _ in range(3):
            await accepted(household, quantity=Decimal(2))
        await settled(paper, household, "filled", "filled", "filled")
    assert await rows(Execution.objects.count) == len(paper.book.executions(None))


async def test_a_corrected_fill_corrects_the_book(paper: RunningGateway, household: Household) -> None:
    """Fault 19: the same execution again under its next number, at another price."""
    async with running_daemon(household.gateway.pk):
        await accepted(household, quantity=Decimal(3))
        await settled(paper, household, "filled")
        ((execution, _),) = paper.book.executions(None)
        paper.operator.correct(execution.exec_id, price=Decimal("99.50"))
        await settled(paper, household, "filled")
    assert (await rows(Execution.objects.get)).price == Decimal("99.50")


@pytest.mark.parametrize("code", [10349, 161, 10147, 10148, 383, 451, 463])
async def test_misleading_words_do_not_end_a_living_order(
    code: int, paper: RunningGateway, household: Household
) -> None:
    """Codes that clients take for the end of an order which lives on."""
    async with running_daemon(household.gateway.pk):
        await ready(household)
        paper.operator.faults.notices.append(code)
        order = await accepted(household, **RESTING)
        await eventually(lambda: states(household) == ["submitted"])
        await asyncio.sleep(0.05)
        assert await rows(states, household) == ["submitted"]
        await rows(cancel_wanted, order)
        await settled(paper, household, "cancelled")


# The book ---------------------------------------------------------------------------------------------


async def test_shares_that_only_the_broker_has_become_a_task_and_never_a_silent_fix(
    paper: RunningGateway, household: Household
) -> None:
    async with running_daemon(household.gateway.pk):
        await ready(household)
        paper.book._bring(
            PaperPosition(account=ALICE, con_id=1001, quantity=Decimal(7), average_cost=Decimal(90))
        )
        await eventually(lambda: Difference.objects.filter(closed_at__isnull=True).exists())
    found = await rows(Difference.objects.get)
    assert (found.kind, found.subject, found.ours, found.theirs) == ("position", "ACME", 0, Decimal(7))
    assert await rows(household.shares) == 0


async def test_an_order_that_comes_too_late_is_refused_and_not_sent_again(
    paper: RunningGateway, household: Household
) -> None:
    await rows(lambda: household.order(state=OrderState.UNKNOWN, attempt=1, epoch=1))
    await rows(lambda: Order.objects.update(created_at="2026-01-05T15:00:00Z"))
    async with running_daemon(household.gateway.pk):
        await eventually(lambda: states(household) == ["rejected"])
    assert "its time has passed" in (await rows(Order.objects.get)).words
    assert list(paper.book.completed_orders()) == []
