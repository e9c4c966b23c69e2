"""Asking for a rebalancing and working it out: from the book to both plans, once, and failing in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from common.errors import InvalidInput, NotFound
from common.models import AuditEvent
from portfolios.engine.figures import day_text
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from taxharvest.engine.rebalance.asked import RebalanceWish
from taxharvest.engine.rebalance.records import Closes, Optimised, Plan, RebalanceFacts
from taxharvest.models import Rebalance
from taxharvest.selectors.rebalances import rebalance_get
from taxharvest.services.rebalances import rebalance_ask, rebalance_fail, rebalance_run
from taxharvest.tasks import OUR_FAULT, plan_rebalance
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory, buy, sell
from tests.taxharvest.rebalance_book import RebalanceBook, rebalance_book
from tests.taxharvest.wash_book import ago

pytestmark = pytest.mark.django_db


def asked(book: RebalanceBook, **limits: Any) -> Rebalance:
    wish = RebalanceWish(accounts=(book.taxable.pk, book.ira.pk), **limits)
    return rebalance_ask(book.user, wish, timezone.now())


def nothing_more(facts: RebalanceFacts, closes: Closes, greedy: Plan) -> Optimised:
    """An optimiser that finds nothing."""
    return Optimised(
        plan=None, reason="Not today.", tracking_now=Decimal(0), tracking={}, days=len(closes), stand_ins=()
    )


def trades(row: Rebalance, plan: str = "greedy") -> set[tuple[str, str, str, str]]:
    row.refresh_from_db()
    assert row.result is not None
    return {
        (one["account"], one["side"], one["symbol"], one["quantity"]) for one in row.result[plan]["trades"]
    }


def test_both_plans_come_from_the_book_and_stand_side_by_side() -> None:
    """ACME is 2,000 over; BNDX lacks 2,000 and is bought in the IRA first; BETA lacks 1,000."""
    book = rebalance_book()
    row = asked(book)
    plan_rebalance(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.words) == ("done", "")
    assert ("Ann, Taxable", "sell", "ACME", "20") in trades(row)
    assert ("Ann, IRA", "buy", "BNDX", "19") in trades(row)
    assert row.result is not None
    greedy, convex = row.result["greedy"], row.result["convex"]
    # A basis of 50 for a price of 100, held long: 20 shares gain 1,000, taxed at 15 %.
    assert (greedy["long_gain"], greedy["tax"], greedy["year_tax_low"]) == ("1000.00", "150.00", "150.00")
    assert convex is not None
    assert row.result["difference"]["tax"] == str(Decimal(convex["tax"]) - Decimal(greedy["tax"])).rstrip(
        "0"
    ).rstrip(".")
    assert Decimal(greedy["tracking_error"]) < Decimal(row.result["tracking_now"])


def test_what_was_stored_is_shown_as_figures() -> None:
    book = rebalance_book()
    row = asked(book)
    plan_rebalance(str(row.pk))
    shown = rebalance_get(book.user, row.pk)
    sale = next(one for one in shown.plans["greedy"]["trades"] if one["side"] == "sell")
    assert sale["quantity"] == Decimal(20)
    assert sale["lots"][0]["acquired"] == ago(600)
    assert not shown.is_at_work


def test_the_gain_budget_and_the_accounts_hold() -> None:
    book = rebalance_book()
    wish = RebalanceWish(accounts=(book.taxable.pk,), gain_budget=Decimal(500))
    row = rebalance_ask(book.user, wish, timezone.now())
    plan_rebalance(str(row.pk))
    assert {account for account, *_ in trades(row)} == {"Ann, Taxable"}
    assert row.result is not None
    for plan in ("greedy", "convex"):
        told = row.result[plan]
        assert Decimal(told["short_gain"]) + Decimal(told["long_gain"]) <= 500


def test_a_purchase_that_would_wash_a_loss_is_blocked() -> None:
    """BETA was sold at a loss ten days ago, so it is not bought back before the window ends."""
    book = rebalance_book()
    transactions_record(portfolio=book.taxable, parsed=[sell(ago(10), 5, "1000", "BETA")], source="test")
    book_derive(household_id=book.taxable.household_id)
    row = asked(book)
    rebalance_run(row.pk, timezone.now(), nothing_more)
    assert "BETA" not in {symbol for _, _, symbol, _ in trades(row)}
    assert row.result is not None
    left = next(one for one in row.result["greedy"]["not_done"] if one["subject"] == "BETA")
    assert left["label"] == "wash window"
    free = day_text(ago(10) + timedelta(days=31))
    sold = f"it would wash a loss that was sold on {day_text(ago(10))}."
    assert left["words"].startswith(f"BETA must not be bought now: {sold} Free from {free} on.")


def test_a_recent_purchase_keeps_a_loss_from_counting() -> None:
    """BETA loses 100 a share; the spouse bought 4 five days ago, so 4 of 10 shares would be washed."""
    book = rebalance_book()
    spouse = PortfolioFactory(holder=book.taxable.holder, name="Ben", kind="spouse_ira")
    transactions_record(portfolio=spouse, parsed=[buy(ago(5), 4, "800", "BETA")], source="test")
    book_derive(household_id=book.taxable.household_id)
    row = asked(book, flows={book.taxable.pk: Decimal(-9000)})
    rebalance_run(row.pk, timezone.now(), nothing_more)
    row.refresh_from_db()
    assert row.result is not None
    sale = next(one for one in row.result["greedy"]["trades"] if one["symbol"] == "BETA")
    assert Decimal(sale["washed"]) == 40 * Decimal(sale["quantity"])


def test_without_an_income_the_highest_rates_are_taken_and_that_is_said() -> None:
    book = rebalance_book(has_profile=False)
    row = asked(book)
    rebalance_run(row.pk, timezone.now(), nothing_more)
    row.refresh_from_db()
    assert row.result is not None
    assert row.result["greedy"]["tax"] == "238.00"
    assert row.result["greedy"]["year_tax_low"] is None
    assert row.result["notes"][0].endswith("Reckoned with the highest federal rates.")


def test_a_failed_solve_keeps_the_greedy_plan_with_the_reason() -> None:
    row = asked(rebalance_book())
    rebalance_run(row.pk, timezone.now(), nothing_more)
    row.refresh_from_db()
    assert row.result is not None
    assert (row.state, row.result["convex"], row.result["convex_reason"]) == ("done", None, "Not today.")


def test_worked_out_again_it_comes_to_the_same_and_done_is_done() -> None:
    book = rebalance_book()
    row = asked(book)
    Rebalance.objects.filter(pk=row.pk).update(state="running")  # its worker died
    rebalance_run(row.pk, timezone.now(), nothing_more)
    row.refresh_from_db()
    before = row.result
    rebalance_run(row.pk, datetime(2030, 1, 1, tzinfo=UTC), nothing_more)
    row.refresh_from_db()
    assert (row.state, row.result) == ("done", before)
    assert row.finished_at is not None
    assert row.finished_at.year < 2030


def test_whatever_goes_wrong_is_told_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    row = asked(rebalance_book())

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("taxharvest.tasks.rebalance_run", broken)
    plan_rebalance(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.words, row.result) == ("failed", OUR_FAULT, None)


def test_a_rebalancing_that_is_done_does_not_fail_any_more() -> None:
    row = asked(rebalance_book())
    rebalance_run(row.pk, timezone.now(), nothing_more)
    rebalance_fail(row.pk, "Late.", timezone.now())
    row.refresh_from_db()
    assert row.state == "done"


def test_without_targets_there_is_nothing_to_ask() -> None:
    with pytest.raises(InvalidInput) as refusal:
        asked(rebalance_book(has_targets=False))
    assert refusal.value.fields == {"targets": ["Set target weights first: there is nothing to go back to."]}


def test_a_strange_account_and_a_negative_budget_are_named() -> None:
    book = rebalance_book()
    other = PortfolioFactory()
    wish = RebalanceWish(accounts=(other.pk,), gain_budget=Decimal(-1), flows={book.taxable.pk: Decimal(5)})
    with pytest.raises(InvalidInput) as refusal:
        rebalance_ask(book.user, wish, timezone.now())
    assert sorted(refusal.value.fields) == ["accounts", "flows", "gain_budget"]
    assert not Rebalance.objects.exists()


def test_only_whoever_sees_all_accounts_may_ask_and_look() -> None:
    book = rebalance_book()
    row = asked(book)
    member = MemberFactory(household=book.taxable.household, sees_all=False)
    wish = RebalanceWish(accounts=(book.taxable.pk,))
    with pytest.raises(NotFound):
        rebalance_ask(member.user, wish, timezone.now())
    for user in (member.user, MemberFactory().user):
        with pytest.raises(NotFound):
            rebalance_get(user, row.pk)


def test_who_asked_for_what_is_in_the_trail() -> None:
    book = rebalance_book()
    row = asked(book, gain_budget=Decimal(250))
    event = AuditEvent.objects.get(action="rebalance.ask")
    assert (event.actor_id, event.object_id) == (book.user.pk, row.pk)
    assert event.detail["gain_budget"] == "250"
