"""A daemon trades against the paper gateway, and book and broker end up equal."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from django.db.models import F
from django.utils import timezone

from common.errors import Conflict
from common.valkey import valkey
from portfolios.selectors.facts import EXCHANGE_ZONE
from tests.trading.daemon.daemon_world import (
    QUICK,
    Household,
    accepted,
    assert_equal,
    eventually,
    is_booked,
    rows,
    running_daemon,
    states,
)
from tests.trading.papergateway.exchange.paper_market import ACME, GLOBEX
from tests.trading.papergateway.gateway_fixture import RunningGateway
from trading.daemon.brokers import broker_make
from trading.daemon.daemon import GatewayDaemon
from trading.engine.question_words import ticket_told
from trading.engine.records import OrderKind, OrderTicket, Side
from trading.models import Gateway, Order, OrderEvent
from trading.selectors.live import QUOTES_HASH
from trading.services.gateways import FencedOut
from trading.services.nudges import nudge
from trading.services.questions import question_ask

pytestmark = pytest.mark.django_db(transaction=True)


async def test_an_order_is_sent_filled_and_booked(paper: RunningGateway, household: Household) -> None:
    async with running_daemon(household.gateway.pk):
        await eventually(lambda: household.state() == "ready")
        await accepted(household, quantity=Decimal(10))
        await eventually(lambda: states(household) == ["filled"])
        await eventually(lambda: is_booked(household, paper.book))
    await rows(assert_equal, household, paper.book)
    assert await rows(household.shares) == Decimal(10)
    gateway = await rows(Gateway.objects.get, pk=household.gateway.pk)
    assert (gateway.state, gateway.holder, gateway.server_version) == ("down", "", 176)
    assert gateway.reconciled_at is not None


async def test_an_order_that_rests_is_cancelled_on_demand(
    paper: RunningGateway, household: Household
) -> None:
    async with running_daemon(household.gateway.pk):
        order = await accepted(household, kind=OrderKind.LIMIT, limit_price=Decimal(90))
        await eventually(lambda: states(household) == ["submitted"])
        await rows(cancel_wanted, order)
        await eventually(lambda: states(household) == ["cancelled"])
    assert list(paper.book.open_orders()) == []
    assert await rows(lambda: Order.objects.get().reserved) == Decimal(0)


async def test_a_change_is_sent_once_and_taken_over_when_the_broker_tells_it(
    paper: RunningGateway, household: Household
) -> None:
    async with running_daemon(household.gateway.pk):
        order = await accepted(household, kind=OrderKind.LIMIT, limit_price=Decimal(90))
        await eventually(lambda: states(household) == ["submitted"])
        await rows(change_wanted, order, limit_price="95", quantity="12")
        await eventually(lambda: Order.objects.get().wanted is None)
    after = await rows(Order.objects.get)
    assert (after.limit_price, after.quantity, after.state) == (Decimal(95), Decimal(12), "submitted")
    (living,) = paper.book.open_orders()
    assert (living.order.limit_price, living.order.quantity) == (Decimal(95), Decimal(12))
    assert await rows(kinds_of, order) == [
        "Leased", "BrokerSaid", "ChangeSent", "ChangeTaken"
    ]  # fmt: skip


async def test_a_bracket_is_sent_whole_and_its_children_wait(
    paper: RunningGateway, household: Household
) -> None:
    def bracket() -> None:
        parent = household.order(kind=OrderKind.LIMIT, limit_price=Decimal(90))
        child = {"side": Side.SELL, "parent": parent, "oca_group": str(parent.pk)}
        household.order(kind=OrderKind.LIMIT, limit_price=Decimal(120), **child)
        household.order(kind=OrderKind.STOP, stop_price=Decimal(80), **child)

    await rows(bracket)
    async with running_daemon(household.gateway.pk):
        await eventually(lambda: states(household) == ["submitted"] * 3)
    assert len(paper.book.open_orders()) == 3


async def test_of_a_profit_and_a_stop_for_what_is_held_one_fills_and_ends_the_other(
    paper: RunningGateway, household: Household
) -> None:
    def exits() -> None:
        group = {"side": Side.SELL, "oca_group": "exit"}
        household.order(kind=OrderKind.LIMIT, limit_price=Decimal(120), **group)
        household.order(kind=OrderKind.STOP, stop_price=Decimal(80), **group)
        nudge(household.gateway.pk)

    async with running_daemon(household.gateway.pk):
        await accepted(household)
        await eventually(lambda: is_booked(household, paper.book) and states(household) == ["filled"])
        await rows(exits)
        await eventually(lambda: states(household) == ["filled", "submitted", "submitted"])
        groups = {each.order.oca_group for each in paper.book.open_orders()}
        assert groups == {f"{household.account.code}:exit"}
        paper.book.set_price(ACME, Decimal(79), paper.clock.now)
        paper.tick()
        await eventually(lambda: states(household) == ["filled", "cancelled", "filled"])
        await rows(
            household.order, kind=OrderKind.LIMIT, limit_price=Decimal(70), side=Side.SELL, oca_group="exit"
        )
        await rows(nudge, household.gateway.pk)
        await eventually(lambda: states(household)[3] == "rejected")
        await eventually(lambda: is_booked(household, paper.book))
    await rows(assert_equal, household, paper.book)
    late = await rows(lambda: household.orders()[3])
    assert (late.words, late.sent_at) == ("Another order of its group has filled.", None)


async def test_an_order_without_buying_power_is_rejected_with_the_brokers_words(household: Household) -> None:
    async with running_daemon(household.gateway.pk):
        await accepted(household, quantity=Decimal(5000))
        await eventually(lambda: states(household) == ["rejected"])
    order = await rows(Order.objects.get)
    assert order.words != ""
    assert order.reserved == Decimal(0)


async def test_an_overtaken_daemon_stops_and_sends_nothing_more(household: Household) -> None:
    stopping = asyncio.Event()
    daemon = asyncio.create_task(
        GatewayDaemon(household.gateway.pk, make_broker=broker_make, pace=QUICK).run(stopping)
    )
    await eventually(lambda: household.state() == "ready")
    await rows(lambda: Gateway.objects.filter(pk=household.gateway.pk).update(epoch=F("epoch") + 1))
    with pytest.raises(FencedOut):
        await asyncio.wait_for(daemon, 5)
    await accepted(household)
    assert await rows(states, household) == ["pending"]


async def test_a_second_daemon_waits_until_the_first_gives_up(household: Household) -> None:
    async with running_daemon(household.gateway.pk) as first:
        await eventually(lambda: household.state() == "ready")
        async with running_daemon(household.gateway.pk) as second:
            await asyncio.sleep(0.3)
            epoch = await rows(lambda: Gateway.objects.get().epoch)
            assert not second.done()
        assert not first.done()
    assert epoch == 1


async def test_questions_of_web_processes_are_answered(household: Household) -> None:
    gateway_id = household.gateway.pk
    async with running_daemon(gateway_id):
        await eventually(lambda: household.state() == "ready")
        told = await rows(question_ask, gateway_id, "contract", {"symbol": "GLBX", "currency": "USD"})
        assert (told["con_id"], told["name"]) == (GLOBEX, "Globex Corp")
        found = await rows(question_ask, gateway_id, "search", {"pattern": "Acme"})
        assert [one["symbol"] for one in found["found"]] == ["ACME"]
        ticket = OrderTicket(
            side=Side.BUY, quantity=Decimal(10), kind=OrderKind.LIMIT, limit_price=Decimal("99.5")
        )
        asked = {
            **ticket_told(ticket),
            "account": household.account.code,
            "instrument_id": str(household.acme.pk),
        }
        what_if = await rows(question_ask, gateway_id, "what_if", asked)
        assert what_if["commission"] == "1"
        quote = await rows(question_ask, gateway_id, "quote", {"symbol": "ACME"})
        assert (quote["bid"], quote["ask"], quote["source"]) == ("99.99", "100.01", "ibkr")
        with pytest.raises(Conflict, match="no single contract for NONE"):
            await rows(question_ask, gateway_id, "contract", {"symbol": "NONE"})


async def test_without_a_connection_questions_are_refused_at_once(household: Household) -> None:
    await rows(lambda: Gateway.objects.filter(pk=household.gateway.pk).update(port=1))
    async with running_daemon(household.gateway.pk):
        await eventually(lambda: household.state() == "connecting")
        with pytest.raises(Conflict, match="is not connected"):
            await rows(question_ask, household.gateway.pk, "search", {"pattern": "A"})


def acme_quote() -> dict[str, Any]:
    """What is published of ACME so far: bid and ask come one after the other."""
    told = cast("bytes | None", valkey().hget(QUOTES_HASH, "ACME"))
    return {} if told is None else dict(json.loads(told))


async def test_prices_of_orders_at_work_are_published(household: Household) -> None:
    async with running_daemon(household.gateway.pk):
        await accepted(household, kind=OrderKind.LIMIT, limit_price=Decimal(90))
        await eventually(lambda: {"bid", "ask"} <= {key for key, value in acme_quote().items() if value})
        entry = await rows(acme_quote)
        await eventually(lambda: Gateway.objects.get().last_tick_at is not None)
    assert (entry["bid"], entry["ask"], entry["source"]) == ("99.99", "100.01", "ibkr")


async def test_in_a_maintenance_window_nothing_new_is_sent(household: Household) -> None:
    words = f"daily {(timezone.now() - timedelta(hours=2)).astimezone(EXCHANGE_ZONE):%H:%M}-"
    words += f"{(timezone.now() + timedelta(hours=2)).astimezone(EXCHANGE_ZONE):%H:%M}"
    await rows(lambda: Gateway.objects.filter(pk=household.gateway.pk).update(maintenance=words))
    async with running_daemon(household.gateway.pk):
        await eventually(lambda: household.state() == "maintenance")
        await accepted(household)
        await asyncio.sleep(0.3)
        assert await rows(states, household) == ["pending"]


def cancel_wanted(order: Order) -> None:
    """Somebody wants the order cancelled."""
    Order.objects.filter(pk=order.pk).update(cancel_wanted_at=timezone.now())
    nudge(order.account.gateway_id)


def change_wanted(order: Order, **terms: str) -> None:
    """Somebody wants other terms."""
    Order.objects.filter(pk=order.pk).update(wanted=terms)
    nudge(order.account.gateway_id)


def kinds_of(order: Order) -> list[str]:
    """The history of an order, without repetitions."""
    kinds = OrderEvent.objects.filter(order=order).order_by("at", "id").values_list("kind", flat=True)
    return list(dict.fromkeys(kinds))


async def test_a_gateway_that_goes_away_is_found_again_when_it_is_back(
    paper: RunningGateway, household: Household
) -> None:
    async with running_daemon(household.gateway.pk):
        await eventually(lambda: household.state() == "ready")
        for _ in range(2):
            paper.gateway.drop_all()
            await eventually(lambda: household.state() != "ready")
            await eventually(lambda: household.state() == "ready")
        await accepted(household, quantity=Decimal(10))
        await eventually(lambda: states(household) == ["filled"])
        await eventually(lambda: is_booked(household, paper.book))
    await rows(assert_equal, household, paper.book)
