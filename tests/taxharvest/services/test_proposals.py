"""A proposal is decided about once, by who may, and only while its figures hold."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from common.errors import Conflict, DomainError, InvalidInput, NotFound, Unprocessable
from common.models import AuditEvent, OutboxEvent
from common.valkey import valkey
from portfolios.models import Lot, Portfolio, Price
from portfolios.services.book import book_derive
from portfolios.services.identities import identity_group_save
from portfolios.services.ledger import transactions_record
from taxharvest.engine.harvest.proposals import ReplacementChoice
from taxharvest.models import HarvestPlan, HarvestPolicy, ReplacementOverride, ReplacementPair, TaxHarvest
from taxharvest.services.proposals import (
    harvest_dismiss,
    harvest_propose,
    harvest_put_forward,
    harvests_expire,
)
from tests.factories.accounts import GrantFactory, UserFactory
from tests.factories.portfolios import buy
from tests.factories.trading import OrderFactory
from tests.taxharvest.harvest_desk import JUDGEMENT, HarvestDesk, ago, harvest_desk, quote
from trading.models import Difference, Gateway, Order
from trading.selectors.live import QUOTES_HASH

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]
# A refusal takes its whole transaction back, which must not be the test's own.
COMMITTED = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk() -> HarvestDesk:
    return harvest_desk()


@pytest.fixture
def harvest(desk: HarvestDesk) -> Iterator[TaxHarvest]:
    yield desk.proposal()
    # Whatever was tried in these tests, no order was placed by a decision alone.
    assert not Order.objects.filter(origin="harvest").exists()


def part(desk: HarvestDesk, symbol: str = "INIT", share: str = "1") -> ReplacementChoice:
    instrument = desk.instruments[symbol]
    return ReplacementChoice(instrument_id=instrument.pk, symbol=symbol, share=Decimal(share))


def actions(harvest: TaxHarvest) -> list[str]:
    rows = AuditEvent.objects.filter(object_id=harvest.pk).order_by("created_at", "pk")
    return list(rows.values_list("action", flat=True))


def test_a_scan_makes_one_proposal_and_the_next_one_renews_it(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    assert (harvest.long_loss, harvest.short_loss) == (Decimal(2000), Decimal(500))
    assert (harvest.benefit_low, harvest.benefit_high, harvest.costs) == (500, 600, 20)
    assert harvest.figures["replacement"]["sample"] == 700
    again = desk.proposal()
    assert (again.pk, again.version) == (harvest.pk, 0)
    lower = desk.proposal(price="99")
    assert (lower.pk, lower.version, lower.loss) == (harvest.pk, 1, Decimal(2650))
    assert TaxHarvest.objects.count() == 1
    assert OutboxEvent.objects.filter(topic="harvest.changed").count() == 2


def test_the_owner_approves_and_a_plan_stands_with_its_legs(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    plan = desk.approve(harvest)
    harvest.refresh_from_db()
    assert (harvest.state, harvest.decided_by, harvest.approved_itself) == ("approved", desk.user, False)
    sale, purchase = plan.legs.all()
    assert (sale.role, sale.quantity, sale.instrument) == ("sell", Decimal(150), desk.acme)
    assert {lot["lot_id"] for lot in sale.lots} == {str(lot.root_id) for lot in desk.lots()}
    assert (purchase.role, purchase.quantity, purchase.instrument) == ("buy", None, desk.glbx)
    # Two per cent below 100.
    assert plan.price_limit == Decimal(98)
    assert actions(harvest) == ["harvest.create", "harvest.approve"]


def test_some_lots_and_another_replacement_are_approved(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    old = desk.lots()[0]
    plan = desk.approve(
        harvest,
        lots={old.root_id: Decimal(40)},
        replacement=[part(desk, "GLBX", "0.25"), part(desk, "INIT", "0.75")],
    )
    harvest.refresh_from_db()
    assert (harvest.quantity, harvest.long_loss, harvest.short_loss) == (40, 800, 0)
    assert [(leg.role, leg.share) for leg in plan.legs.all()] == [
        ("sell", 1), ("buy", Decimal("0.25")), ("buy", Decimal("0.75")),
    ]  # fmt: skip
    # 800 of 2,500 lost.
    assert harvest.benefit_high == Decimal(192)


def test_the_same_key_gets_the_same_plan(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    plan = desk.approve(harvest, "once")
    assert desk.approve(harvest, "once", version=0) == plan
    assert HarvestPlan.objects.count() == 1


def test_a_second_approval_is_told_who_was_first(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    desk.approve(harvest, "one")
    with pytest.raises(Conflict, match=f"{desk.user} decided about it on .*it is approved") as refused:
        desk.approve(harvest, "two")
    assert refused.value.code == "harvest-settled"
    assert HarvestPlan.objects.count() == 1


@COMMITTED
def test_of_two_approvals_at_once_one_wins(desk: HarvestDesk) -> None:
    harvest = desk.proposal()
    together = Barrier(2)

    def approve(number: int) -> str:
        together.wait()
        try:
            desk.approve(harvest, f"k{number}")
        except Conflict as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "approved"

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(approve, range(2)))
    assert outcomes == ["approved", "harvest-settled"]
    assert HarvestPlan.objects.count() == 1


def test_figures_that_changed_since_they_were_seen_are_not_approved(
    desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    desk.proposal(price="99")
    with pytest.raises(Conflict) as refused:
        desk.approve(harvest, version=0)
    assert refused.value.code == "harvest-changed"


@COMMITTED
def test_a_price_that_moved_is_asked_about_with_new_figures(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    quote("ACME", "97")
    with pytest.raises(Conflict, match=r"The price has fallen by 3\.0%") as refused:
        desk.approve(harvest)
    assert refused.value.code == "figures-changed"
    harvest.refresh_from_db()
    assert (harvest.state, harvest.price, harvest.version) == ("open", Decimal(97), 1)
    # 150 shares lost three more each.
    assert harvest.loss == Decimal(2950)
    assert desk.approve(harvest).price_limit == Decimal("95.06")


def told_by_gateway(monkeypatch: pytest.MonkeyPatch, price: str) -> list[Any]:
    """A gateway that quotes ACME when it is asked, and nobody who watched it before."""
    asked: list[Any] = []

    def answer(gateway_id: Any, kind: str, content: Any, *, seconds: float) -> dict[str, Any]:
        asked.append((gateway_id, kind, content))
        moment = timezone.now().isoformat()
        return {
            "symbol": "ACME", "price": price, "bid": price, "ask": price, "change": "0", "as_of": moment,
            "source": "ibkr", "delayed": False,
        }  # fmt: skip

    valkey().hdel(QUOTES_HASH, "ACME")
    monkeypatch.setattr("trading.services.judging.question_ask", answer)
    return asked


@COMMITTED
def test_the_gateway_is_asked_for_a_price_that_nobody_watches(
    desk: HarvestDesk, harvest: TaxHarvest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last close is 100, at which the figures would hold; the market is at 97."""
    asked = told_by_gateway(monkeypatch, "97")
    with pytest.raises(Conflict, match=r"The price has fallen by 3\.0%"):
        desk.approve(harvest)
    assert asked == [(desk.account.gateway_id, "quote", {"symbol": "ACME"})]
    harvest.refresh_from_db()
    assert (harvest.price, harvest.price_source) == (Decimal(97), "ibkr")


def test_a_silent_gateway_leaves_the_last_close(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    valkey().hdel(QUOTES_HASH, "ACME")
    assert desk.approve(harvest).price_limit == Decimal(98)


@pytest.mark.parametrize("age", [None, 6])
def test_without_a_price_of_these_days_nothing_is_approved(
    desk: HarvestDesk, harvest: TaxHarvest, age: int | None
) -> None:
    valkey().hdel(QUOTES_HASH, "ACME")
    closes = Price.objects.filter(instrument=desk.acme)
    if age is None:
        closes.delete()
    else:
        closes.update(day=ago(age))
    with pytest.raises(Unprocessable, match="There is no price of ACME to go by now") as refused:
        desk.approve(harvest)
    assert refused.value.code == "price-missing"
    assert not HarvestPlan.objects.exists()


@COMMITTED
def test_a_price_that_left_the_one_that_was_shown_is_asked_about(
    desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    """At 99 the figures hold, which were worked out at 100; the page showed 101.50."""
    quote("ACME", "99")
    with pytest.raises(Conflict, match=r"since you looked, from 101\.5 to 99") as refused:
        desk.approve(harvest, shown=Decimal("101.5"))
    assert refused.value.code == "figures-changed"
    harvest.refresh_from_db()
    assert (harvest.price, harvest.version) == (Decimal(99), 1)
    assert desk.approve(harvest, shown=Decimal("99.5")).price_limit == Decimal("97.02")


def test_what_may_have_stopped_trading_replaces_nothing(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    valkey().hdel(QUOTES_HASH, "GLBX")
    Price.objects.filter(instrument=desk.glbx).update(day=ago(6))
    with pytest.raises(InvalidInput, match="GLBX has had no price for days: it may have stopped trading"):
        desk.approve(harvest)
    assert desk.approve(harvest, replacement=[part(desk)]).legs.get(role="buy").instrument.symbol == "INIT"


def test_a_loss_that_is_gone_ends_the_proposal(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    quote("ACME", "125")
    with pytest.raises(Conflict, match="there is no loss left to take"):
        desk.approve(harvest)
    harvest.refresh_from_db()
    assert harvest.state == "expired"


@COMMITTED
def test_a_refused_approval_leaves_its_key_free(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    Difference.objects.create(
        account=desk.account, portfolio=desk.portfolio, kind="position", subject="ACME",
        words="The broker holds 140 ACME.", seen_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(Unprocessable, match="The broker holds 140 ACME"):
        desk.approve(harvest, "k")
    Difference.objects.all().delete()
    assert desk.approve(harvest, "k").state == "ready"


@COMMITTED
def test_an_expired_proposal_is_not_approved(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    later = timezone.now() + timedelta(days=4)
    with pytest.raises(Conflict) as refused:
        desk.approve(harvest, now=later)
    assert refused.value.code == "harvest-expired"
    assert harvests_expire(later) == 1
    assert harvests_expire(later) == 0
    with pytest.raises(Conflict, match="is expired already"):
        desk.approve(harvest)


def unsynced(desk: HarvestDesk) -> None:
    Gateway.objects.update(reconciled_at=timezone.now() - timedelta(days=2))


def without_basis(desk: HarvestDesk) -> None:
    Lot.objects.filter(pk=desk.lots()[1].pk).update(basis_base=None)


def lots_gone(desk: HarvestDesk) -> None:
    Lot.objects.filter(pk=desk.lots()[1].pk).update(quantity=Decimal(49))


def order_open(desk: HarvestDesk) -> None:
    OrderFactory.create(account=desk.account, instrument=desk.acme, placed_by=desk.user)


def closed(desk: HarvestDesk) -> None:
    Portfolio.objects.filter(pk=desk.portfolio.pk).update(closed_on=ago(1))


def retirement(desk: HarvestDesk) -> None:
    Portfolio.objects.filter(pk=desk.portfolio.pk).update(kind="ira")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (unsynced, "has not been compared with the broker"),
        (without_basis, "The basis of a lot of ACME is not known"),
        (lots_gone, "some of them are not held any more"),
        (order_open, "An order for ACME is open"),
        (closed, "is closed"),
        (retirement, "it is not a taxable account"),
    ],
)
def test_nothing_is_harvested_on_data_that_is_not_known_to_be_right(
    desk: HarvestDesk, harvest: TaxHarvest, spoil: Any, words: str
) -> None:
    spoil(desk)
    with pytest.raises(Unprocessable, match=words) as refused:
        desk.approve(harvest)
    assert refused.value.code == "not-known-to-be-right"
    assert not HarvestPlan.objects.exists()


def test_a_purchase_in_the_household_that_would_wash_the_loss_refuses_it(
    desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    transactions_record(portfolio=desk.portfolio, parsed=[buy(ago(3), 30, "3000")], source="test")
    book_derive(household_id=desk.portfolio.household_id)
    with pytest.raises(Unprocessable) as refused:
        desk.approve(harvest)
    assert refused.value.code == "would-be-washed"
    assert "first free day" in refused.value.detail


@COMMITTED
def test_what_counts_as_identical_in_the_household_does_not_replace(
    desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    identity_group_save(
        household_id=desk.portfolio.household_id, group_id=desk.acme.pk, name="Same",
        instrument_ids=[desk.acme.pk, desk.glbx.pk], actor_id=None,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="GLBX counts as identical with ACME"):
        desk.approve(harvest)
    with pytest.raises(InvalidInput, match="ACME counts as identical with ACME"):
        desk.approve(harvest, replacement=[part(desk, "ACME")])
    assert desk.approve(harvest, replacement=[part(desk, "INIT")]).legs.count() == 2


@COMMITTED
def test_a_red_pair_and_a_forbidden_one_do_not_replace(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    ReplacementPair.objects.create(
        asset_class="stock", symbol="ACME", other_symbol="GLBX", tag="red", reason="Same index.",
        source="test", confidence="rule",
    )  # fmt: skip
    ReplacementOverride.objects.create(
        household=desk.portfolio.household, symbol="ACME", other_symbol="INIT", verdict="forbid",
        reason="Not for us.", set_by=desk.user,
    )  # fmt: skip
    for symbol, words in (("GLBX", "Same index."), ("INIT", "Not for us.")):
        with pytest.raises(InvalidInput, match=words):
            desk.approve(harvest, replacement=[part(desk, symbol)])


def test_an_adviser_proposes_and_the_owner_approves(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    adviser = UserFactory.create(name="Ada")
    GrantFactory.create(
        household=desk.portfolio.household, grantee=adviser, granted_by=desk.user, scope="propose"
    )
    with pytest.raises(NotFound):
        desk.approve(harvest, user=adviser)
    with pytest.raises(NotFound):
        harvest_dismiss(adviser, harvest.pk, reason="No.", now=timezone.now())
    put = harvest_put_forward(
        adviser, harvest.pk, version=0, share=Decimal("0.5"), reason="Half of it.", now=timezone.now()
    )
    assert (put.state, put.proposed_by, put.quantity, put.version) == ("proposed", adviser, Decimal(75), 1)
    # A scan does not take the adviser's choice away.
    assert desk.proposal(price="99").quantity == Decimal(75)
    put.refresh_from_db()
    plan = desk.approve(put)
    assert plan.legs.get(role="sell").quantity == Decimal(75)
    put.refresh_from_db()
    assert (put.proposed_by, put.decided_by) == (adviser, desk.user)
    row = AuditEvent.objects.get(action="harvest.approve", object_id=put.pk)
    assert (row.actor_id, row.detail["proposed_by"]) == (desk.user.pk, str(adviser.pk))
    assert AuditEvent.objects.get(action="harvest.propose").actor_id == adviser.pk


@pytest.mark.parametrize("scope", ["read", None])
def test_who_may_only_look_proposes_nothing(
    desk: HarvestDesk, harvest: TaxHarvest, scope: str | None
) -> None:
    other = UserFactory.create()
    if scope is not None:
        GrantFactory.create(
            household=desk.portfolio.household, grantee=other, granted_by=desk.user, scope=scope
        )
    with pytest.raises(NotFound):
        harvest_put_forward(other, harvest.pk, version=0, now=timezone.now())


def test_a_dismissed_loss_rests_for_a_week_unless_it_grows(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    now = timezone.now()
    with pytest.raises(InvalidInput):
        harvest_dismiss(desk.user, harvest.pk, reason="  ", now=now)
    harvest_dismiss(desk.user, harvest.pk, reason="I keep it.", now=now)
    assert harvest_dismiss(desk.user, harvest.pk, reason="Again.", now=now).reason == "I keep it."
    assert desk.proposal().pk == harvest.pk
    assert TaxHarvest.objects.count() == 1
    # 2,500 were set aside; 3,250 are more than a quarter above that.
    assert desk.proposal(price="95").pk != harvest.pk
    TaxHarvest.objects.exclude(pk=harvest.pk).delete()
    TaxHarvest.objects.update(decided_at=now - timedelta(days=8))
    assert desk.proposal().pk != harvest.pk


def test_a_position_that_is_being_traded_gets_no_second_proposal(
    desk: HarvestDesk, harvest: TaxHarvest
) -> None:
    desk.approve(harvest)
    assert desk.proposal(price="90").pk == harvest.pk
    assert TaxHarvest.objects.count() == 1


def policy(desk: HarvestDesk, **changes: Any) -> HarvestPolicy:
    terms: dict[str, Any] = {
        "is_enabled": True, "approves_itself": True, "most_loss": Decimal(3000), "most_a_day": 1,
        "most_tracking_error": Decimal("0.06"), "set_by": desk.user,
    }  # fmt: skip
    made: HarvestPolicy = HarvestPolicy.objects.create(portfolio=desk.portfolio, **(terms | changes))
    return made


def test_within_the_owners_limits_a_harvest_approves_itself_and_says_so(desk: HarvestDesk) -> None:
    policy(desk)
    harvest = desk.proposal()
    assert (harvest.state, harvest.approved_itself, harvest.decided_by) == ("approved", True, desk.user)
    assert HarvestPlan.objects.get().legs.count() == 2
    assert actions(harvest) == ["harvest.create", "harvest.approve_itself"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"most_loss": Decimal(2000)}, "is above the limit"),
        ({"most_a_day": 0}, "were approved already"),
        ({"most_tracking_error": Decimal("0.01")}, "tracking error of 5.00% a year is above"),
    ],
)
def test_beyond_the_limits_a_person_is_asked(desk: HarvestDesk, changes: Any, words: str) -> None:
    policy(desk, **changes)
    harvest = desk.proposal()
    assert harvest.state == "open"
    assert words in harvest.figures["not_automatic"]


def test_what_speaks_against_an_approval_speaks_against_one_without_asking(desk: HarvestDesk) -> None:
    policy(desk)
    quote("ACME", "97")
    harvest = desk.proposal()
    harvest.refresh_from_db()
    assert (harvest.state, harvest.price) == ("open", Decimal(100))
    assert harvest.figures["not_automatic"].startswith("The price has fallen by 3.0%")
    assert not HarvestPlan.objects.exists()


def test_a_live_account_asks_for_a_fresh_sign_in(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    Gateway.objects.update(environment="live")
    now = timezone.now()
    for moment in (None, now - timedelta(minutes=6)):
        with pytest.raises(Unprocessable) as refused:
            desk.approve(harvest, signed_in_at=moment)
        assert refused.value.code == "proof-needed"
    assert desk.approve(harvest, signed_in_at=now - timedelta(minutes=4), now=now).state == "ready"


def test_an_unknown_replacement_is_left_out_of_the_row(desk: HarvestDesk) -> None:
    harvest = harvest_propose(
        candidate=desk.candidate(), judgement=JUDGEMENT, replacement=None, scan=None, now=timezone.now()
    )
    assert harvest.replacement == []
    plan = desk.approve(harvest)
    assert [leg.role for leg in plan.legs.all()] == ["sell"]


def test_refusals_are_for_people(desk: HarvestDesk, harvest: TaxHarvest) -> None:
    with pytest.raises(DomainError) as refused:
        desk.approve(harvest, lots={})
    assert refused.value.fields == {"lots": ["Nothing is left to sell: choose at least one whole share."]}
