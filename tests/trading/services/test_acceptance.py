"""Orders are accepted once, whole or not at all, and never beyond what the account can pay."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import User
from common.errors import DomainError, InvalidInput, NotFound, Unprocessable
from common.idempotency import Answer
from common.models import AuditEvent, OutboxEvent
from tests.factories.accounts import UserFactory
from tests.trading.services.trading_desk import TradingDesk
from trading.engine.controls.verdicts import Outcome
from trading.engine.records import OrderKind, Side
from trading.engine.trade_requests import OrderWanted, TradeRequest
from trading.models import Execution, Gateway, KillSwitch, Order, RiskLimit
from trading.services.acceptance import TradeRefused, trade, trade_preview
from trading.services.kill_switches import kill_switch_engage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


@pytest.fixture
def desk() -> TradingDesk:
    return TradingDesk()


def body(orders: Sequence[Order]) -> dict[str, Any]:
    return {"orders": [str(order.pk) for order in orders]}


def place(desk: TradingDesk, request: TradeRequest, key: str = "k", user: User | None = None) -> Answer:
    return trade(
        user or desk.user, request, key=key, content=repr(request), render=body,
        signed_in_at=None, now=timezone.now(),
    )  # fmt: skip


def refusal(desk: TradingDesk, request: TradeRequest, key: str = "k") -> TradeRefused:
    with pytest.raises(TradeRefused) as refused:
        place(desk, request, key)
    assert not Order.objects.exists()
    return refused.value


def against(refused: TradeRefused) -> set[str]:
    return {
        verdict.name
        for one in refused.judged
        for verdict in one.verdicts
        if verdict.outcome in {Outcome.ASK, Outcome.DENY}
    }


def test_an_order_is_kept_with_its_reservation_its_history_and_its_news(desk: TradingDesk) -> None:
    answer = place(desk, desk.buy("10", limit="101"))
    order = Order.objects.get()
    assert answer == Answer(status=201, body={"orders": [str(order.pk)]})
    assert (order.state, order.quantity, order.limit_price) == ("pending", Decimal(10), Decimal(101))
    # Ten shares at the limit, and the least commission of one dollar.
    assert order.reserved == Decimal(1011)
    assert [verdict["outcome"] for verdict in order.verdicts] == ["pass"] * 17
    assert order.events.get().kind == "Accepted"
    assert AuditEvent.objects.filter(action="order.place", object_id=order.pk).count() == 1
    assert OutboxEvent.objects.filter(topic="order.changed").count() == 1


def test_the_same_key_gets_the_same_answer_and_one_order(desk: TradingDesk) -> None:
    first = place(desk, desk.buy("10"))
    assert place(desk, desk.buy("10")) == first
    assert Order.objects.count() == 1


def test_a_key_that_is_used_for_another_order_is_refused(desk: TradingDesk) -> None:
    place(desk, desk.buy("10"))
    with pytest.raises(Unprocessable, match="used for another request"):
        place(desk, desk.buy("11"))
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_order_within_ten_seconds_is_asked_about_and_may_be_confirmed(desk: TradingDesk) -> None:
    place(desk, desk.buy("10"), "first")
    with pytest.raises(TradeRefused) as refused:
        place(desk, desk.buy("10"), "second")
    assert against(refused.value) == {"duplicate"}
    assert refused.value.code == "confirmation-needed"
    place(desk, desk.buy("10", confirmed={"duplicate"}), "second")
    assert Order.objects.count() == 2


def test_two_hundred_orders_at_once_never_commit_more_than_the_buying_power(
    transactional_db: None,
) -> None:
    desk = TradingDesk(buying_power="10000")
    RiskLimit.objects.create(
        account=None, account_rate=1000, global_rate=1000, duplicate_seconds=0, quote_seconds=600
    )

    def send(number: int) -> str:
        try:
            place(desk, desk.buy("10", limit="101"), f"k{number}")
        except TradeRefused as refused:
            return ",".join(against(refused))
        finally:
            connections.close_all()
        return "accepted"

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(send, range(200)))
    # Each order holds back 1,011: nine fit into 10,000.
    assert sorted(set(outcomes)) == ["accepted", "buying_power"]
    assert outcomes.count("accepted") == 9
    assert sum(order.reserved for order in Order.objects.all()) == Decimal(9099)


def test_two_accounts_at_once_never_pass_the_capital_of_all_of_them(transactional_db: None) -> None:
    desks = [TradingDesk(buying_power="100000"), TradingDesk(buying_power="100000", symbol="OTHER")]
    RiskLimit.objects.create(
        account=None, account_rate=1000, global_rate=1000, duplicate_seconds=0, quote_seconds=600,
        firm_capital=Decimal(10_000),
    )  # fmt: skip

    def send(number: int) -> str:
        desk = desks[number % 2]
        try:
            place(desk, desk.buy("10", limit="101"), f"k{number}")
        except TradeRefused as refused:
            return ",".join(against(refused))
        finally:
            connections.close_all()
        return "accepted"

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(send, range(80)))
    # Each order commits 1,011: nine fit into 10,000, whichever accounts they are for.
    assert outcomes.count("accepted") == 9
    assert sum(order.reserved for order in Order.objects.all()) == Decimal(9099)
    assert not KillSwitch.objects.exists()


def test_a_stopped_account_takes_no_order_and_keeps_nothing(desk: TradingDesk) -> None:
    kill_switch_engage(account=desk.account, reason="Under review.", now=timezone.now(), actor=None)
    refused = refusal(desk, desk.buy("10"))
    assert against(refused) == {"kill_switch"}
    assert refused.detail == "Trading is stopped: Under review."
    assert AuditEvent.objects.filter(action="order.refuse").get().detail["controls"] == ["kill_switch"]


def test_a_quote_that_is_old_crossed_or_missing_lets_nothing_through(desk: TradingDesk) -> None:
    desk.quote(age=20)
    assert against(refusal(desk, desk.buy("10"))) == {"quote_age"}
    desk.quote(bid="102", ask="101")
    assert "price_collar" in against(refusal(desk, desk.buy("10"), "another"))


def test_a_quote_that_came_while_others_were_asked_for_is_not_of_the_future(
    desk: TradingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking took seven seconds, so what was told after six is a second old, and not six ahead."""
    desk.quote(age=-6)
    assert against(refusal(desk, desk.buy("10"))) == {"quote_age"}
    clock = iter([100.0, 107.2])
    monkeypatch.setattr("trading.services.acceptance.monotonic", lambda: next(clock))
    assert place(desk, desk.buy("10"), "another").status == 201


def test_a_quote_that_another_gateway_told_is_none_to_go_by(desk: TradingDesk) -> None:
    desk.quote(gateway=str(uuid4()))
    assert {"price_collar", "quote_age"} <= against(refusal(desk, desk.buy("1")))
    desk.quote(gateway=str(desk.account.gateway_id))
    place(desk, desk.buy("1"), "own")


def test_a_daemon_that_is_not_heard_counts_as_down(desk: TradingDesk) -> None:
    Gateway.objects.update(held_until=timezone.now())
    assert against(refusal(desk, desk.buy("10"))) == {"readiness"}


def test_a_passed_threshold_of_the_firm_stops_all_trading(desk: TradingDesk) -> None:
    RiskLimit.objects.create(account=None, firm_capital=Decimal(1500), duplicate_seconds=0)
    place(desk, desk.buy("10", limit="101"), "first")
    RiskLimit.objects.update(firm_capital=Decimal(1000))
    with pytest.raises(TradeRefused):
        place(desk, desk.buy("1", limit="101"), "second")
    switch = KillSwitch.objects.get()
    assert (switch.account, switch.origin) == (None, "control")


def test_wrong_figures_are_named_by_their_field(desk: TradingDesk) -> None:
    for quantity in ("0", "-1", "1.5", "NaN", "1e400"):
        with pytest.raises(InvalidInput) as refused:
            place(desk, TradeRequest(orders=(desk.wanted(quantity),)))
        assert set(refused.value.fields) == {"quantity"}
    with pytest.raises(InvalidInput) as refused:
        place(desk, desk.buy("1", limit="100.001"))
    assert refused.value.fields == {
        "limit_price": ["ACME is priced in steps of 0.01: the nearest are 100.00 and 100.01."]
    }
    assert not Order.objects.exists()


def test_a_bracket_is_kept_whole_and_its_exits_sell_what_the_entry_buys(desk: TradingDesk) -> None:
    entry = desk.wanted("10", kind=OrderKind.LIMIT, limit_price=Decimal(100))
    take = desk.wanted("10", Side.SELL, kind=OrderKind.LIMIT, limit_price=Decimal(105))
    stop = desk.wanted("10", Side.SELL, kind=OrderKind.STOP, stop_price=Decimal(95))
    children = (_child(take), _child(stop))
    place(desk, TradeRequest(orders=(entry, *children)))
    parent, *exits = Order.objects.order_by("pk")
    assert [order.parent_id for order in exits] == [parent.pk, parent.pk]
    assert {order.basket_id for order in (parent, *exits)} == {parent.pk}
    # Sales take their commissions from what they bring.
    assert [order.reserved for order in exits] == [Decimal(0), Decimal(0)]


def test_a_sale_beyond_what_is_held_is_refused(desk: TradingDesk) -> None:
    refused = refusal(desk, TradeRequest(orders=(desk.wanted("10", Side.SELL),)))
    assert "short_sale" in against(refused)


def test_a_sale_that_has_filled_is_gone_from_what_is_held_before_it_is_booked(
    desk: TradingDesk,
) -> None:
    desk.hold("10")
    Execution.objects.create(
        account=desk.account, portfolio=desk.account.portfolio, instrument=desk.instrument, exec_id="0001",
        side="sell", quantity=Decimal(4), price=Decimal(100), currency="USD", executed_at=timezone.now(),
    )  # fmt: skip
    refused = refusal(desk, TradeRequest(orders=(desk.wanted("7", Side.SELL),)))
    assert "short_sale" in against(refused)
    place(desk, TradeRequest(orders=(desk.wanted("6", Side.SELL),)), "six")


def test_a_group_in_which_an_order_has_filled_takes_no_other(desk: TradingDesk) -> None:
    desk.hold("10")
    grouped = desk.wanted("5", Side.SELL, oca_group="exit")
    place(desk, TradeRequest(orders=(grouped,)))
    Order.objects.update(filled=Decimal(1))
    with pytest.raises(InvalidInput) as refused:
        place(desk, TradeRequest(orders=(desk.wanted("2", Side.SELL), grouped)), "second")
    assert refused.value.fields == {
        "orders.1.oca_group": ["An order of this group has filled, which ended the group: give another name."]
    }


def test_an_open_order_is_no_group_whose_name_another_could_take(desk: TradingDesk) -> None:
    desk.hold("10")
    place(desk, TradeRequest(orders=(desk.wanted("10", Side.SELL),)))
    twin = desk.wanted("9", Side.SELL, oca_group=str(Order.objects.get().pk))
    with pytest.raises(TradeRefused) as refused:
        place(desk, TradeRequest(orders=(twin,)), "second")
    assert "short_sale" in against(refused.value)


def test_somebody_elses_account_is_not_found(desk: TradingDesk) -> None:
    with pytest.raises(NotFound):
        place(desk, desk.buy("10"), user=UserFactory.create())


def test_a_preview_keeps_nothing_and_says_what_every_control_found(desk: TradingDesk) -> None:
    (judged,) = trade_preview(desk.user, desk.buy("10"), signed_in_at=None, now=timezone.now())
    assert judged.outcome is Outcome.PASS
    assert len(judged.verdicts) == 17
    # The market order counts at the offer of 101 and three per cent, and one dollar of commission.
    assert judged.reserved == Decimal("1041.30")
    assert judged.price == Decimal(100)
    assert not Order.objects.exists()


def test_a_request_without_orders_or_with_too_many_is_refused(desk: TradingDesk) -> None:
    for orders in ((), (desk.wanted(),) * 51):
        with pytest.raises(DomainError):
            place(desk, TradeRequest(orders=orders))


def _child(wanted: OrderWanted) -> OrderWanted:
    return OrderWanted(
        portfolio_id=wanted.portfolio_id, instrument_id=wanted.instrument_id, ticket=wanted.ticket, parent=0
    )
