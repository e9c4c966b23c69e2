"""The tax side of an order on a stored book: what trading is told before it accepts one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import TaxProfile
from common.errors import InvalidInput
from common.identifiers import uuid7
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import LotChoice, PositionEffect, TransactionKind
from portfolios.models import Instrument, Lot, Portfolio
from portfolios.services.book import book_derive
from portfolios.services.identities import identity_group_save
from portfolios.services.ledger import transactions_record
from taxharvest.engine.order_taxes import COVERS, DEPENDANT, PLAN_UNSETTLED
from taxharvest.selectors.order_taxes import order_tax_look
from taxharvest.selectors.what_if import sale_report
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory, PriceFactory, buy, parsed, sell, stock
from tests.portfolios.small_book import seen
from tests.taxharvest.wash_book import WashBook, ago, wash_book
from trading.engine.records import Side
from trading.engine.tax_looks import TaxLook
from trading.selectors.tax_looks import tax_look

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def told(book: WashBook) -> None:
    """Married, 100,000 of income: with a net loss so far, the next dollar of gain is taxed at 12 %."""
    TaxProfile.objects.create(
        household=book.taxable.household,
        year=timezone.localdate().year,
        filing_status="married_joint",
        ordinary_income=Decimal(100_000),
    )


def look(portfolio: Portfolio, instrument: Instrument, side: Side, quantity: int, **facts: Any) -> TaxLook:
    """The look at an order at 10 a share today."""
    values: dict[str, Any] = {"price": Decimal(10), "day": timezone.localdate(), "lots": ()}
    return order_tax_look(
        portfolio_id=portfolio.pk,
        instrument_id=instrument.pk,
        side=side,
        quantity=Decimal(quantity),
        **(values | facts),
    )


def account(book: WashBook, kind: str, **facts: Any) -> Portfolio:
    """One more account of the household, Ben's unless told otherwise."""
    return PortfolioFactory(**({"holder": book.ira.holder, "name": "Ben, more", "kind": kind} | facts))


def record(portfolio: Portfolio, *rows: Any) -> None:
    """Rows in the ledger, and the book that follows from them."""
    transactions_record(portfolio=portfolio, parsed=list(rows), source="test")
    book_derive(household_id=portfolio.household_id)


def test_a_purchase_by_the_spouse_defers_what_is_left_of_a_fresh_loss(book: WashBook) -> None:
    found = look(account(book, "spouse_taxable"), book.beta, Side.BUY, 10)

    assert seen(found.currency, found.deferred, found.lost, found.first_free) == ("USD", 60, 0, ago(-21))
    assert found.wash_words.startswith(
        "Of losses taken in the 30 days before 60.00 USD would be deferred (IRC 1091): 6 BETA of "
    )
    assert found.wash_words.endswith(f" in {ELSEWHERE}.")


def test_a_purchase_in_an_ira_loses_the_loss_for_good(book: WashBook) -> None:
    found = look(book.ira, book.beta, Side.BUY, 2)

    assert seen(found.deferred, found.lost, found.first_free) == (20, 20, ago(-21))


def test_the_thirtieth_day_after_a_loss_washes_it_and_the_next_is_free(book: WashBook) -> None:
    last = look(book.taxable, book.beta, Side.BUY, 10, day=ago(-20))
    free = look(book.taxable, book.beta, Side.BUY, 10, day=ago(-21))

    assert seen(last.deferred, last.first_free) == (60, ago(-21))
    assert seen(free.deferred, free.first_free, free.wash_words) == (0, None, "")


def test_something_identical_washes_the_loss_and_something_else_does_not(book: WashBook) -> None:
    record(account(book, "taxable"), buy(ago(100), 1, "5", symbol="TWIN"))
    twin = Instrument.objects.get(symbol="TWIN")
    apart = look(book.taxable, twin, Side.BUY, 6)
    household = book.taxable.household
    identity_group_save(
        household_id=household.pk,
        group_id=uuid7(),
        name="Twins",
        instrument_ids=[book.beta.pk, twin.pk],
        actor_id=book.ann.pk,
    )

    identical = look(book.taxable, twin, Side.BUY, 6)

    assert seen(apart.deferred, apart.wash_words) == (0, "")
    assert seen(identical.deferred, identical.first_free) == (60, ago(-21))
    assert ": 6 BETA of " in identical.wash_words


def test_a_loss_under_an_old_symbol_waits_under_the_new_one(book: WashBook) -> None:
    renamed = parsed(
        TransactionKind.MERGER,
        ago(8),
        instrument=stock("BETA"),
        counterpart=stock("NOVA"),
        counter_quantity=Decimal(1),
    )
    record(book.ira, renamed)

    found = look(book.taxable, Instrument.objects.get(symbol="NOVA"), Side.BUY, 1)

    assert seen(found.deferred, found.first_free) == (10, ago(-21))


def test_a_purchase_in_a_plan_of_an_employer_is_only_pointed_out(book: WashBook) -> None:
    found = look(account(book, "401k"), book.beta, Side.BUY, 10)

    assert seen(found.deferred, found.words) == (0, (PLAN_UNSETTLED,))


def test_buying_back_what_is_short_is_said_to_be_left_out(book: WashBook) -> None:
    record(book.taxable, sell(ago(3), 5, "60", symbol="GAMMA", position_effect=PositionEffect.OPEN))

    found = look(book.taxable, Instrument.objects.get(symbol="GAMMA"), Side.BUY, 5)

    assert (found.words, found.lots) == ((COVERS,), ())


def test_a_purchase_closes_no_lots_that_could_be_named(book: WashBook) -> None:
    with pytest.raises(InvalidInput) as refusal:
        look(book.taxable, book.beta, Side.BUY, 1, lots=[LotChoice(lot_id=book.beta.pk, quantity=Decimal(1))])

    assert refusal.value.fields == {"lots": ["Lots are named for sales: a purchase closes none."]}


def test_a_sale_is_partly_lost_to_the_purchase_in_the_ira_two_weeks_before(book: WashBook) -> None:
    told(book)

    found = look(book.taxable, book.acme, Side.SELL, 10)

    assert [
        seen(lot.acquired, lot.quantity, lot.basis, lot.gain, lot.is_long_term) for lot in found.lots
    ] == [(ago(300), 10, 140, -40, False)]
    assert seen(found.gain, found.short_term, found.long_term) == (-40, -16, 0)
    assert seen(found.deferred, found.lost, found.first_free) == (24, 24, ago(-17))
    assert found.tax == Decimal("-1.92")
    assert found.wash_words.startswith(
        "Of this loss 24.00 USD would be lost for good (IRC 1091), because of 6 ACME of "
    )
    assert found.wash_words.endswith(f" in {ELSEWHERE} in the 30 days before, still held.")
    assert len(found.words) == 1
    assert found.words[0].startswith("The loss on 4 shares stands unless something identical is bought")


def test_the_look_and_the_what_if_page_give_one_answer(book: WashBook) -> None:
    told(book)
    record(book.taxable, buy(ago(10), 3, "36"), buy(ago(2), 2, "22"))
    facts: dict[str, Any] = {"portfolio_id": book.taxable.pk, "instrument_id": book.acme.pk}
    price, quantity, today = Decimal("9.5"), Decimal(12), timezone.localdate()

    found = order_tax_look(side=Side.SELL, quantity=quantity, price=price, day=today, lots=(), **facts)
    page = sale_report(book.ann, quantity=quantity, price=price, day=today, today=today, **facts)

    strategy = next(line.strategy for line in page.lines if line.strategy.key == book.taxable.relief)
    outcome = strategy.outcome
    assert (found.short_term, found.long_term) == (outcome.short_gain, outcome.long_gain)
    assert (found.deferred - found.lost, found.lost) == (outcome.deferred, outcome.lost)
    assert (found.tax, found.first_free) == (strategy.tax, outcome.free_on)
    assert [(lot.lot_id, lot.quantity, lot.gain) for lot in found.lots] == [
        (use.lot_id, use.quantity, use.gain) for use in outcome.lots
    ]
    # Ten at 14 and two at 12 are sold at 9.50 for a loss of 50; six are lost to the IRA, three deferred.
    assert seen(found.gain, found.lost, found.deferred) == (-50, 27, Decimal("40.5"))


def test_named_lots_are_closed_and_others_refused_by_field(book: WashBook) -> None:
    record(book.taxable, buy(ago(100), 5, "45"))
    newer = Lot.objects.get(portfolio=book.taxable, instrument=book.acme, acquired=ago(100)).root_id
    elsewhere = Lot.objects.get(portfolio=book.ira, instrument=book.acme).root_id

    found = look(book.taxable, book.acme, Side.SELL, 2, lots=[LotChoice(lot_id=newer, quantity=Decimal(2))])

    assert [seen(lot.lot_id, lot.gain) for lot in found.lots] == [(newer, 2)]
    assert refused(book, 6, LotChoice(lot_id=newer, quantity=Decimal(6)))[0].endswith(
        " held 5 shares then, not 6."
    )
    assert refused(book, 2, LotChoice(lot_id=elsewhere, quantity=Decimal(2))) == [
        f"The lot {elsewhere} was not open in this account when the shares were sold."
    ]


def refused(book: WashBook, quantity: int, choice: LotChoice) -> list[str]:
    """The sentences about the lots of a sale out of the taxable account."""
    with pytest.raises(InvalidInput) as refusal:
        look(book.taxable, book.acme, Side.SELL, quantity, lots=[choice])
    assert list(refusal.value.fields) == ["lots"]
    return refusal.value.fields["lots"]


def test_a_sale_in_another_currency_is_reckoned_at_the_last_rate(book: WashBook) -> None:
    foreign = account(book, "taxable", base_currency="EUR")
    record(foreign, buy(ago(3), 3, "30", symbol="GAMMA", fx_rate=Decimal("0.9")))
    gamma = Instrument.objects.get(symbol="GAMMA")

    found = look(foreign, gamma, Side.SELL, 3, price=Decimal(12))

    assert seen(found.currency, found.gain, found.lots[0].basis) == ("EUR", Decimal("5.4"), 27)


def test_a_rate_older_than_a_week_is_not_used(book: WashBook) -> None:
    foreign = account(book, "taxable", base_currency="EUR")
    record(foreign, buy(ago(20), 3, "30", symbol="GAMMA", fx_rate=Decimal("0.9")))
    gamma = Instrument.objects.get(symbol="GAMMA")

    found = look(foreign, gamma, Side.SELL, 3)

    assert (found.gain, found.tax) == (None, None)
    assert found.words[0].startswith("The rate of exchange into the account’s currency is not known")
    pair = Instrument.objects.create(symbol="USD.EUR", currency="EUR", asset_class="currency")
    PriceFactory(instrument=pair, day=ago(1), close=Decimal("0.8"), currency="EUR")
    assert look(foreign, gamma, Side.SELL, 3).gain == -3


def test_a_sale_of_more_than_the_book_holds_looks_at_what_is_there(book: WashBook) -> None:
    beyond = look(book.taxable, book.acme, Side.SELL, 12)
    nothing = look(book.ira, Instrument.objects.create(symbol="NEW", currency="USD"), Side.SELL, 3)

    assert seen(beyond.gain, beyond.lost) == (-40, 24)
    assert beyond.words[0] == ("The book holds 10 ACME in this account, not 12: only those are in this look.")
    assert (nothing.currency, nothing.lots, nothing.gain) == ("USD", (), None)
    assert nothing.words == ("The book holds no NEW in this account, so there is no lot to close.",)


def test_the_tax_is_not_known_without_a_profile_and_nothing_in_an_ira(book: WashBook) -> None:
    unknown = look(book.taxable, book.acme, Side.SELL, 10)
    untaxed = look(book.ira, book.acme, Side.SELL, 6)

    year = timezone.localdate().year
    assert unknown.tax is None
    assert unknown.words[0] == f"The tax profile of {year} lacks the filing status or the income."
    assert seen(untaxed.tax, untaxed.gain, untaxed.deferred) == (0, -6, 0)
    assert untaxed.words == ("Trades in a retirement account are not taxed.",)


def test_a_sale_of_a_dependant_is_not_taxed_at_the_households_rates(book: WashBook) -> None:
    told(book)
    child = MemberFactory(household=book.taxable.household, relationship="dependant")
    theirs = account(book, "taxable", holder=child)
    record(theirs, buy(ago(90), 2, "16"))

    found = look(theirs, book.acme, Side.SELL, 2)

    assert seen(found.gain, found.tax, found.words) == (4, None, (DEPENDANT,))


def test_trading_reaches_the_look_by_its_name_in_the_settings(book: WashBook) -> None:
    found = tax_look(
        portfolio_id=book.ira.pk,
        instrument_id=book.beta.pk,
        side=Side.BUY,
        quantity=Decimal(2),
        price=Decimal(20),
        day=timezone.localdate(),
    )

    assert seen(found.deferred, found.lost) == (20, 20)


def test_a_purchase_that_can_wash_nothing_reads_no_ledger(
    book: WashBook, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        look(book.taxable, book.beta, Side.BUY, 1, day=ago(-30))
    look(book.taxable, book.acme, Side.BUY, 1)
    # The household's rules are known by now: one more tells that none of their rows has changed.
    with django_assert_num_queries(3):
        look(book.taxable, book.acme, Side.BUY, 1)


def test_the_queries_of_a_sale_do_not_grow_with_the_lots(
    book: WashBook, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    told(book)
    record(book.taxable, *(buy(ago(200 - day), 1, "9") for day in range(40)))

    look(book.taxable, book.acme, Side.SELL, 50)
    with django_assert_num_queries(7):
        found = look(book.taxable, book.acme, Side.SELL, 50)

    assert (len(found.lots), found.first_free) == (41, ago(14) + timedelta(days=31))
