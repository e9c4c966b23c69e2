"""The facts of a year: gains by term, dividends, the household's own words, and what is still open."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.models import Instrument, Lot
from taxharvest.selectors.tax_facts import NO_PROFILE, pending_losses, unrealised_of, year_facts
from taxharvest.selectors.tax_income import year_income
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.portfolios.small_book import seen
from tests.taxharvest.tax_book import TODAY, TaxBook, profile, scope_seen, tax_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> TaxBook:
    return tax_book()


def test_gains_count_without_washed_losses_and_without_what_has_no_basis(book: TaxBook) -> None:
    told = year_facts(book.user, book.scope, 2025)

    assert seen(told.realised.short, told.realised.long, told.realised.total) == (-120, 500, 380)
    assert [seen(item.sale.symbol, item.reason) for item in told.realised.incomplete] == [
        ("MISS", "The basis is not known."),
    ]


def test_dividends_of_shares_held_long_enough_are_qualified_and_those_of_funds_are_not(book: TaxBook) -> None:
    income = year_income([book.taxable.pk], 2025)

    assert seen(income.qualified, income.ordinary, income.interest, income.rateless) == (17, 7, 3, 0)
    assert len(income.notes) == 2


def test_a_dividend_of_shares_whose_day_is_not_known_is_ordinary(book: TaxBook) -> None:
    Instrument.objects.filter(symbol="BETA").update(asset_class="stock")
    book.taxable.disposals.filter(instrument__symbol="BETA").update(acquired=None)

    income = year_income([book.taxable.pk], 2025)
    assert seen(income.qualified, income.ordinary) == (12, 12)


def test_a_dividend_is_shared_out_by_what_was_held_long_enough(book: TaxBook) -> None:
    # Six of the ten BETA sold within sixty days of every ex-dividend day that they can have had.
    book.taxable.disposals.filter(instrument__symbol="BETA", quantity=6).update(disposed=date(2025, 6, 10))

    income = year_income([book.taxable.pk], 2025)
    assert seen(income.qualified, income.ordinary) == (14, 10)


def test_the_profile_gives_status_income_and_carry_overs(book: TaxBook) -> None:
    profile(book)
    facts = year_facts(book.user, book.scope, 2025).facts

    assert facts is not None
    assert seen(facts.filing_status, facts.ordinary_income) == ("single", 100_000)
    assert seen(facts.carry_short, facts.carry_long, facts.other_investment_income) == (50, 0, 3)
    # The profile asks for taxable income; only the tax on investment income wants the deduction back.
    assert seen(facts.deductions, facts.added_back) == (0, 15_750)


def test_without_an_income_the_deductions_stay_the_standard_ones(book: TaxBook) -> None:
    profile(book, ordinary_income=None)
    facts = year_facts(book.user, book.scope, 2025).facts

    assert facts is not None
    assert seen(facts.ordinary_income, facts.deductions, facts.added_back) == (None, None, 0)


def test_without_a_filing_status_there_are_no_facts_and_the_reason_is_told(book: TaxBook) -> None:
    told = year_facts(book.user, book.scope, 2025)

    assert told.facts is None
    assert told.reason == ("No filing status was entered for 2025, and every rate and limit depends on it.")


def test_the_profile_is_not_told_to_somebody_with_leave_to_read(book: TaxBook) -> None:
    profile(book)
    reader = MemberFactory().user
    GrantFactory(household=book.taxable.household, grantee=reader, granted_by=book.user)
    told = year_facts(reader, book.scope, 2025)

    assert seen(told.facts, told.profile, told.reason) == (None, None, NO_PROFILE)
    assert told.realised.long == 500


def test_the_profile_is_not_told_to_a_member_who_sees_a_part(book: TaxBook) -> None:
    profile(book)
    child = MemberFactory(household=book.taxable.household, relationship="dependant", sees_all=False)
    told = year_facts(child.user, scope_seen(child.user), 2025)

    assert seen(told.facts, told.reason, told.sales.sales) == (None, NO_PROFILE, ())


def test_a_loss_is_pending_until_the_thirtieth_day_after_its_sale(book: TaxBook) -> None:
    losses = pending_losses(book.scope, [book.taxable.pk], TODAY)

    assert [seen(loss.symbol, loss.quantity, loss.loss) for loss in losses] == [("BETA", 6, 120)]
    assert seen(losses[0].closes_on, losses[0].days_left) == (date(2026, 1, 21), 11)
    assert len(pending_losses(book.scope, [book.taxable.pk], date(2026, 1, 21))) == 1
    assert pending_losses(book.scope, [book.taxable.pk], date(2026, 1, 22)) == []


def test_gains_on_paper_are_by_the_term_of_a_sale_today(book: TaxBook) -> None:
    unrealised = unrealised_of(book.scope, [book.taxable.pk], TODAY)

    assert seen(unrealised.short, unrealised.long, unrealised.unknown) == (150, 0, 0)


def test_an_open_lot_without_basis_is_in_no_sum(book: TaxBook) -> None:
    Lot.objects.filter(instrument__symbol="GAMA").update(basis_base=None)
    unrealised = unrealised_of(book.scope, [book.taxable.pk], TODAY)

    assert seen(unrealised.short, unrealised.long, unrealised.unknown) == (Decimal(0), Decimal(0), 1)
