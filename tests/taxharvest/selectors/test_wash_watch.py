"""The wash watch by who looks, and with which prices."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from common.identifiers import uuid7
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.models import Price
from portfolios.services.book import book_derive
from portfolios.services.identities import identity_group_save
from portfolios.services.ledger import transactions_record
from taxharvest.selectors.wash_watch import WashWatch, wash_watch
from taxharvest.selectors.what_if import household_scope
from tests.factories.portfolios import PortfolioFactory, PriceFactory, buy
from tests.portfolios.small_book import seen
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def watched(book: WashBook) -> WashWatch:
    """What Ann sees today."""
    return wash_watch(book.ann, household_scope(book.ann), timezone.localdate())


def test_the_loss_to_be_taken_is_warned_of_with_its_cause(book: WashBook) -> None:
    (line,) = watched(book).selling

    assert seen(line.symbol, line.account, line.warning.loss, line.warning.outcome.lost) == (
        "ACME",
        "Ann, Taxable",
        40,
        24,
    )
    assert (line.days_left, line.free_on) == (17, ago(-17))
    assert [cause.account for cause in line.causes] == ["Ben, IRA"]


def test_the_loss_taken_is_warned_of_as_far_as_it_still_counts(book: WashBook) -> None:
    (line,) = watched(book).buying

    assert seen(line.symbol, line.warning.shares, line.warning.loss) == ("BETA", 6, 60)
    assert (line.warning.free_on, line.warning.days_left) == (ago(-21), 21)
    assert line.reinvesting == ("BETA in Ben, IRA",)
    assert (line.identical, line.options) == ((), ())


def test_what_counts_as_identical_is_named(book: WashBook) -> None:
    transactions_record(portfolio=book.ira, parsed=[buy(ago(300), 1, "9", symbol="GAMMA")], source="test")
    gamma = book.ira.transactions.get(instrument__symbol="GAMMA").instrument
    assert gamma is not None
    identity_group_save(
        household_id=book.taxable.household_id,
        group_id=uuid7(),
        name="Twins",
        instrument_ids=[gamma.pk, book.beta.pk],
        actor_id=None,
    )

    assert {line.identical for line in watched(book).buying} == {("GAMMA",)}


def test_accounts_that_are_not_yours_are_not_named_and_their_losses_not_shown() -> None:
    book = wash_book(ann_sees_all=False)
    found = watched(book)

    assert found.selling[0].causes[0].account == ELSEWHERE
    assert found.selling[0].causes[0].transaction_id is None
    assert found.buying[0].reinvesting == (f"BETA in {ELSEWHERE}",)
    his = wash_watch(book.ben, household_scope(book.ben), timezone.localdate())
    assert his == replace(found, selling=(), buying=())


def test_without_a_close_a_position_is_named_as_not_judged(book: WashBook) -> None:
    Price.objects.all().delete()

    found = watched(book)

    assert (found.selling, found.unjudged) == ((), ("ACME in Ann, Taxable", "BETA in Ann, Taxable"))


def test_a_close_in_another_currency_is_taken_at_the_rate_of_the_ledger(book: WashBook) -> None:
    euro = PortfolioFactory(holder=book.taxable.holder, name="Euro", base_currency="EUR")
    rows = [
        buy(ago(100), 10, "200", symbol="GAMMA", fx_rate=Decimal("0.9")),
        buy(ago(3), 10, "100", symbol="GAMMA", fx_rate=Decimal("0.9")),
    ]
    transactions_record(portfolio=euro, parsed=rows, source="test")
    book_derive(household_id=euro.household_id)
    gamma = euro.transactions.first().instrument
    PriceFactory(instrument=gamma, day=ago(1), close=Decimal(10))

    line = next(line for line in watched(book).selling if line.symbol == "GAMMA")

    assert seen(line.warning.currency, line.warning.loss, line.warning.at_stake) == ("EUR", 90, 90)


def test_a_household_with_nothing_has_nothing_to_watch() -> None:
    account = PortfolioFactory()
    user = account.holder.user

    found = wash_watch(user, household_scope(user), timezone.localdate())

    assert (found.selling, found.buying, found.unjudged) == ((), (), ())
