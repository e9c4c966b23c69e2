"""Plans are carried out to their end, and end in clear words when broker or market do not play along."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from common.errors import Conflict, InvalidInput, NotFound
from common.models import AuditEvent, OutboxEvent
from portfolios.models import Holding
from taxharvest.models import HarvestAlert, HarvestLeg, HarvestPlan, TaxHarvest
from taxharvest.services.harvest_plans import plan_advance, plans_advance
from taxharvest.services.plan_decisions import choices_open, plan_decide
from tests.factories.accounts import GrantFactory, UserFactory
from tests.taxharvest.harvest_desk import FastBroker, HarvestDesk, harvest_desk, quote
from trading.models import KillSwitch, Order, Restriction
from trading.selectors.live import quotes_told
from trading.services.kill_switches import kill_switch_engage

# Legs are placed by transactions of their own, and refusals take theirs back.
pytestmark = pytest.mark.django_db(transaction=True)
MOST_ROUNDS = 12


@pytest.fixture
def desk(alone: None) -> HarvestDesk:
    return harvest_desk()


@pytest.fixture
def broker(desk: HarvestDesk) -> FastBroker:
    return FastBroker(desk.account)


@pytest.fixture
def plan(desk: HarvestDesk) -> HarvestPlan:
    return desk.approve(desk.proposal())


def carry_out(plan: HarvestPlan, broker: FastBroker, *, seconds: int = 20) -> HarvestPlan:
    """Let worker and broker take turns, with time going by, until the plan needs neither."""
    for number in range(MOST_ROUNDS):
        plans_advance(timezone.now() + timedelta(seconds=seconds * number))
        broker.work()
        plan.refresh_from_db()
        if plan.state not in HarvestPlan.LIVING:
            break
    return plan


def legs(plan: HarvestPlan) -> list[tuple[str, str, str, Decimal | None, Decimal]]:
    return [
        (leg.role, leg.instrument.symbol, leg.state, leg.quantity, leg.filled)
        for leg in plan.legs.select_related("instrument")
    ]


def decide(desk: HarvestDesk, plan: HarvestPlan, choice: str, **changes: Any) -> HarvestPlan:
    plan.refresh_from_db()
    return plan_decide(
        changes.pop("user", desk.user), plan.pk, choice=choice, version=changes.pop("version", plan.version),
        key=changes.pop("key", choice), now=timezone.now(), **changes,
    )  # fmt: skip


def held(desk: HarvestDesk, symbol: str) -> Decimal:
    rows = Holding.objects.filter(portfolio=desk.portfolio, instrument=desk.instruments[symbol])
    return rows.values_list("quantity", flat=True).first() or Decimal(0)


def test_a_plan_sells_buys_from_the_proceeds_and_watches(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    assert carry_out(plan, broker).state == "watching"
    # 150 at 100 less a dollar are 14,999: 296 at 50.50 or better and their commission of 1.49 fit in.
    assert legs(plan) == [
        ("sell", "ACME", "filled", Decimal(150), Decimal(150)),
        ("buy", "GLBX", "filled", Decimal(296), Decimal(296)),
    ]
    sale, purchase = plan.legs.all()
    assert (sale.amount, purchase.amount) == (Decimal(14_999), Decimal(14_801))
    assert plan.window_ends == (plan.sold_on or timezone.now().date()) + timedelta(days=30)
    assert plan.harvest.state == "harvested"
    window = Restriction.objects.get(instrument=desk.acme)
    assert (window.side, window.ends) == ("buy", plan.window_ends)
    assert [held(desk, "ACME"), held(desk, "GLBX")] == [0, 296]
    assert AuditEvent.objects.filter(action="harvest.sold").count() == 1
    assert OutboxEvent.objects.filter(topic="harvest.plan_changed").count() >= 5


def test_the_orders_name_their_plan_and_the_lots_of_the_sale(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    carry_out(plan, broker)
    sale, purchase = Order.objects.order_by("created_at")
    assert {sale.origin_id, purchase.origin_id} == {plan.pk}
    assert {sale.origin, purchase.origin} == {"harvest"}
    assert (sale.kind, sale.limit_price, sale.placed_by) == ("limit", Decimal(98), desk.user)
    assert {lot["lot_id"] for lot in sale.lots} == {lot["lot_id"] for lot in plan.harvest.lots}


def test_advancing_a_plan_again_does_nothing_twice(plan: HarvestPlan) -> None:
    now = timezone.now()
    assert plan_advance(plan.pk, now) == 2
    assert plan_advance(plan.pk, now) == 0
    assert Order.objects.count() == 1


def test_proceeds_are_divided_by_the_shares_of_a_basket(desk: HarvestDesk, broker: FastBroker) -> None:
    plan = desk.approve(desk.proposal(shares={"GLBX": "0.25", "INIT": "0.75"}))
    assert carry_out(plan, broker).state == "watching"
    # 3,749.75 buy 74 GLBX at 50.50, 11,249.25 buy 556 INIT at 20.20 with 2.78 of commission.
    assert [row[3] for row in legs(plan)] == [150, 74, 556]


def test_what_was_sold_in_part_is_replaced_in_part(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    broker.most["ACME"] = Decimal(60)
    plans_advance(timezone.now())
    broker.work()
    # A quarter of an hour later the rest is given up, and 5,999 are left to buy 118 GLBX.
    carry_out(plan, broker, seconds=900)
    assert plan.state == "watching"
    assert legs(plan) == [
        ("sell", "ACME", "partly", Decimal(150), Decimal(60)),
        ("buy", "GLBX", "filled", Decimal(118), Decimal(118)),
    ]
    assert held(desk, "ACME") == Decimal(90)


def test_a_sale_that_the_broker_refuses_stops_the_plan_with_nothing_sold(
    broker: FastBroker, plan: HarvestPlan
) -> None:
    broker.refusals["ACME"] = 1
    assert carry_out(plan, broker).state == "stopped"
    assert plan.words == (
        "Nothing was sold, and nothing is left half done. The order of ACME was refused: Not today."
    )
    plan.harvest.refresh_from_db()
    assert plan.harvest.state == "stopped"
    assert HarvestAlert.objects.get().kind == "plan_stopped"
    assert Order.objects.count() == 1


def test_a_sale_that_does_not_fill_by_the_end_of_the_day_is_taken_back(
    broker: FastBroker, plan: HarvestPlan
) -> None:
    broker.most["ACME"] = Decimal(0)
    plans_advance(timezone.now())
    broker.work()
    plans_advance(timezone.now() + timedelta(days=1))
    plan.refresh_from_db()
    assert plan.state == "unwinding"
    assert carry_out(plan, broker).state == "stopped"
    assert plan.words.startswith("Nothing was sold, and nothing is left half done.")
    assert not Restriction.objects.exists()


def test_a_purchase_that_is_refused_once_is_made_again(broker: FastBroker, plan: HarvestPlan) -> None:
    broker.refusals["GLBX"] = 1
    assert carry_out(plan, broker).state == "watching"
    assert [row[2:] for row in legs(plan)] == [
        ("filled", Decimal(150), Decimal(150)),
        ("refused", Decimal(296), Decimal(0)),
        ("filled", Decimal(296), Decimal(296)),
    ]


def test_a_purchase_that_is_always_refused_stops_with_what_can_be_done(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    broker.refusals["GLBX"] = 3
    assert carry_out(plan, broker, seconds=60).state == "stopped"
    assert "buy again, buy something else, or stay in cash until the window ends" in plan.words
    assert "Not today." in plan.words
    plan.harvest.refresh_from_db()
    # The loss is taken all the same, and its window watched.
    assert plan.harvest.state == "harvested"
    assert Restriction.objects.filter(instrument=desk.acme).count() == 1
    open_now = [choice.value for choice in choices_open(plan, list(plan.legs.all()))]
    assert open_now == ["buy_again", "buy_other", "cash"]
    decide(desk, plan, "buy_again")
    assert HarvestAlert.objects.get().closed_by == desk.user
    assert carry_out(plan, broker).state == "watching"
    assert held(desk, "GLBX") == Decimal(296)


def test_something_else_is_bought_with_what_is_left(desk: HarvestDesk, broker: FastBroker) -> None:
    """A quarter was for GLBX, which the broker refuses; three quarters buy 556 INIT for 11,121."""
    plan = desk.approve(desk.proposal(shares={"GLBX": "0.25", "INIT": "0.75"}))
    broker.refusals["GLBX"] = 3
    assert carry_out(plan, broker, seconds=60).state == "stopped"
    for symbol, words in (
        ("", "There is no instrument called"),
        ("NONE", "There is no instrument called NONE"),
        ("ACME", "ACME counts as identical with ACME"),
    ):
        with pytest.raises(InvalidInput, match=words):
            decide(desk, plan, "buy_other", symbol=symbol, key=f"key-{symbol}")
    decide(desk, plan, "buy_other", symbol="init")
    assert carry_out(plan, broker).state == "watching"
    bought = plan.legs.latest("place")
    assert (bought.role, bought.instrument) == ("buy", desk.instruments["INIT"])
    # The 3,749.75 of GLBX buy 185 at 20.20 or better with their commission.
    assert (bought.state, bought.quantity) == ("filled", Decimal(185))
    assert held(desk, "INIT") == Decimal(556 + 185)
    refused = [leg for leg in plan.legs.all() if leg.instrument == desk.glbx]
    assert (refused[-1].state, refused[-1].words) == ("skipped", "INIT is bought instead.")
    # What was measured for another replacement is not said of this one.
    plan.harvest.refresh_from_db()
    assert plan.harvest.tracking_error is None


def test_whoever_stays_in_cash_is_watched_too(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    broker.refusals["GLBX"] = 3
    carry_out(plan, broker, seconds=60)
    assert decide(desk, plan, "cash").state == "watching"
    assert held(desk, "GLBX") == 0


def test_a_price_that_jumps_before_the_order_is_asked_about_anew(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    quote("ACME", "95")
    assert carry_out(plan, broker).state == "stopped"
    assert "Nothing was traded: the proposal is asked about anew." in plan.words
    assert not Order.objects.exists()
    anew = TaxHarvest.objects.get(state="open")
    assert (anew.price, anew.loss, anew.instrument) == (Decimal(95), Decimal(3250), desk.acme)
    assert desk.approve(anew, "anew").price_limit == Decimal("93.10")


def test_a_leg_waits_for_a_price_and_is_tried_again(
    broker: FastBroker, plan: HarvestPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    with monkeypatch.context() as quiet:
        quiet.setattr("trading.services.judging.quotes_told", lambda _symbols: {})
        assert plan_advance(plan.pk, now) == 1
    leg = plan.legs.get(role="sell")
    assert (leg.state, leg.words, leg.attempts) == ("waiting", "There is no fresh price of ACME.", 1)
    assert leg.due_at == now + timedelta(seconds=10)
    assert carry_out(plan, broker).state == "watching"


def halted(monkeypatch: pytest.MonkeyPatch, symbol: str) -> None:
    """Nobody quotes a symbol any more."""
    monkeypatch.setattr(
        "trading.services.judging.quotes_told",
        lambda symbols: quotes_told([one for one in symbols if one != symbol]),
    )


def test_nothing_is_sold_while_its_replacement_does_not_trade(
    broker: FastBroker, plan: HarvestPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    halted(monkeypatch, "GLBX")
    plans_advance(timezone.now())
    sale = plan.legs.get(role="sell")
    assert (sale.state, sale.words) == (
        "waiting",
        "There is no fresh price of GLBX, which is bought instead: nothing is sold before.",
    )
    plans_advance(timezone.now() + timedelta(days=4))
    plan.refresh_from_db()
    assert (plan.state, plan.harvest.state) == ("stopped", "stopped")
    assert "The approval ran out before the sale could be placed." in plan.words
    assert not Order.objects.exists()
    assert not Restriction.objects.exists()


def test_a_replacement_that_stops_trading_after_the_sale_leaves_cash_and_a_choice(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans_advance(timezone.now())
    broker.work()
    halted(monkeypatch, "GLBX")
    plans_advance(timezone.now() + timedelta(minutes=1))
    plan.refresh_from_db()
    assert (plan.state, plan.legs.get(role="buy").words) == ("buying", "There is no fresh price of GLBX.")
    plans_advance(timezone.now() + timedelta(days=4))
    plan.refresh_from_db()
    assert plan.state == "stopped"
    assert "buy again, buy something else, or stay in cash until the window ends" in plan.words
    # The loss is taken and its window watched, whatever becomes of the proceeds.
    assert Restriction.objects.filter(instrument=desk.acme).count() == 1
    assert HarvestAlert.objects.get().kind == "plan_stopped"
    assert decide(desk, plan, "cash").state == "watching"
    assert [held(desk, "ACME"), held(desk, "GLBX")] == [0, 0]


def test_a_control_that_denies_for_good_stops_the_plan(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    kill_switch_engage(account=desk.account, reason="Under review.", now=timezone.now(), actor=None)
    assert carry_out(plan, broker).state == "stopped"
    assert "Trading is stopped: Under review." in plan.words
    KillSwitch.objects.all().delete()
    # The key of the leg was refused for good: nothing is ever placed under it.
    plans_advance(timezone.now())
    assert not Order.objects.exists()


def test_a_plan_whose_owner_lost_the_right_to_trade_stops(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    desk.user.memberships.update(user=None)
    assert carry_out(plan, broker).state == "stopped"
    assert not Order.objects.exists()


def test_one_plan_that_fails_does_not_hold_up_another(
    broker: FastBroker, plan: HarvestPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = harvest_desk()
    second = other.approve(other.proposal())

    def failing(plan_id: Any, now: Any) -> int:
        if plan_id == plan.pk:
            raise RuntimeError("broken")
        return plan_advance(plan_id, now)

    monkeypatch.setattr("taxharvest.services.harvest_plans.plan_advance", failing)
    assert plans_advance(timezone.now()) == 2
    second.refresh_from_db()
    assert second.state == "selling"


def test_a_person_may_stop_a_sale_before_and_after_it_was_placed(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    assert decide(desk, plan, "stop").words == "Stopped before anything was sold."
    carry_out(plan, broker)
    assert not Order.objects.exists()
    assert not HarvestAlert.objects.exists()
    second = desk.approve(desk.proposal(), "second")
    broker.most["ACME"] = Decimal(60)
    plans_advance(timezone.now())
    broker.work()
    assert decide(desk, second, "stop", key="stop-2").state == "unwinding"
    assert carry_out(second, broker).state == "watching"
    assert held(desk, "ACME") == Decimal(90)


def test_a_decision_is_for_the_household_and_for_the_plan_as_it_was_seen(
    desk: HarvestDesk, plan: HarvestPlan
) -> None:
    adviser = UserFactory.create()
    GrantFactory.create(
        household=desk.portfolio.household, grantee=adviser, granted_by=desk.user, scope="manage"
    )
    with pytest.raises(NotFound):
        decide(desk, plan, "stop", user=adviser)
    with pytest.raises(Conflict, match="has gone on since you saw it"):
        decide(desk, plan, "stop", version=7)
    with pytest.raises(Conflict):
        decide(desk, plan, "stay")
    with pytest.raises(InvalidInput):
        decide(desk, plan, "jump")
    decide(desk, plan, "stop", version=0, key="one")
    assert decide(desk, plan, "stop", version=0, key="one").state == "stopped"


def at_the_end(plan: HarvestPlan) -> None:
    """Let the window be over."""
    past = timezone.now().date() - timedelta(days=1)
    HarvestPlan.objects.filter(pk=plan.pk).update(window_ends=past)
    Restriction.objects.all().delete()
    plans_advance(timezone.now())
    plan.refresh_from_db()


def test_when_the_window_has_ended_the_owner_is_asked_with_the_arithmetic(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    carry_out(plan, broker)
    at_the_end(plan)
    assert plan.state == "deciding"
    alert = HarvestAlert.objects.get()
    assert (alert.kind, alert.portfolio) == ("to_decide", desk.portfolio)
    assert [way["choice"] for way in plan.choice_figures["ways"]] == ["switch", "stay", "wait"]
    assert plan.choice_figures["words"].startswith("No way is recommended: the household’s rates")


def test_switching_back_sells_what_was_bought_and_buys_what_was_sold(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    carry_out(plan, broker)
    at_the_end(plan)
    decide(desk, plan, "switch")
    assert carry_out(plan, broker).state == "done"
    # 296 at 50 less a dollar are 14,799: 146 ACME at 101 or better.
    assert legs(plan)[2:] == [
        ("return_sell", "GLBX", "filled", Decimal(296), Decimal(296)),
        ("return_buy", "ACME", "filled", Decimal(146), Decimal(146)),
    ]
    assert [held(desk, "GLBX"), held(desk, "ACME")] == [0, 146]


def test_a_replacement_that_cannot_be_sold_may_be_tried_again_later(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    carry_out(plan, broker)
    at_the_end(plan)
    broker.refusals["GLBX"] = 1
    decide(desk, plan, "switch")
    assert carry_out(plan, broker).state == "deciding"
    assert [leg.state for leg in HarvestLeg.objects.filter(role="return_buy")] == ["skipped"]
    decide(desk, plan, "switch", key="again")
    assert carry_out(plan, broker).state == "done"
    assert held(desk, "ACME") == Decimal(146)


def test_staying_is_the_end_and_waiting_asks_again(
    desk: HarvestDesk, broker: FastBroker, plan: HarvestPlan
) -> None:
    carry_out(plan, broker)
    at_the_end(plan)
    decide(desk, plan, "wait")
    assert HarvestAlert.objects.filter(closed_at=None).count() == 0
    assert plans_advance(timezone.now()) == 0
    plans_advance(timezone.now() + timedelta(days=380))
    plan.refresh_from_db()
    assert (plan.state, plan.choice) == ("deciding", "")
    assert HarvestAlert.objects.filter(closed_at=None).count() == 1
    assert decide(desk, plan, "stay").state == "done"
    assert plan.choice_figures["ways"]
