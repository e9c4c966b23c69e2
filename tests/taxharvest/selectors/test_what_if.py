"""A sale that somebody thinks of: the household's book behind it, and no more than they may see."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import TaxProfile, User
from common.errors import InvalidInput, NotFound
from portfolios.engine.policy_words import ELSEWHERE
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from taxharvest.selectors.marginal_rates import rates_of
from taxharvest.selectors.people import sees_taxes_of
from taxharvest.selectors.what_if import (
    SaleReport,
    StrategyLine,
    household_scope,
    positions_held,
    sale_report,
)
from tests.factories.accounts import GrantFactory, MemberFactory
from tests.factories.portfolios import PortfolioFactory, PriceFactory, buy, parsed, sell, stock
from tests.portfolios.small_book import seen
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def told(book: WashBook, **facts: Any) -> TaxProfile:
    """A tax profile of this year: married, 100,000 of income unless told otherwise."""
    values = {"filing_status": "married_joint", "ordinary_income": Decimal(100_000)} | facts
    year = timezone.localdate().year
    return TaxProfile.objects.create(household=book.taxable.household, year=year, **values)


def report(book: WashBook, user: User | None = None, **facts: Any) -> SaleReport:
    """Ten ACME out of the taxable account at 10."""
    today = timezone.localdate()
    values: dict[str, Any] = {
        "portfolio_id": book.taxable.pk,
        "instrument_id": book.acme.pk,
        "day": today,
        "quantity": Decimal(10),
        "price": Decimal(10),
        "today": today,
    }
    return sale_report(user or book.ann, **(values | facts))


def fifo(found: SaleReport) -> StrategyLine:
    return found.lines[0]


def test_the_loss_is_lost_to_the_purchase_in_the_ira_and_said_so(book: WashBook) -> None:
    line = fifo(report(book))

    assert line.verdict == "partly washed: 24.00 USD lost for good"
    assert [(cause.account, cause.symbol) for cause in line.causes] == [("Ben, IRA", "ACME")]
    assert line.causes[0].transaction_id is not None
    assert line.sentences[0].startswith("6 of the shares sold were replaced by 6 ACME bought on ")
    assert line.sentences[0].endswith(" in Ben, IRA: 24.00 USD is lost for good.")
    assert line.sentences[1].startswith("From ")
    assert line.sentences[2].startswith("The loss on 4 shares stands unless something identical is bought")


def test_an_account_that_is_not_yours_is_not_named() -> None:
    book = wash_book(ann_sees_all=False)

    cause = fifo(report(book)).causes[0]

    assert (cause.account, cause.transaction_id) == (ELSEWHERE, None)


def test_a_deferred_loss_is_said_to_move_into_the_basis(book: WashBook) -> None:
    transactions_record(portfolio=book.taxable, parsed=[buy(ago(2), 2, "22")], source="test")
    book_derive(household_id=book.taxable.household_id)

    line = fifo(report(book))

    assert line.verdict == "partly washed: 8.00 USD deferred and 24.00 USD lost for good"
    assert line.sentences[1].endswith("8.00 USD is deferred into the basis of the shares bought.")


def test_a_gain_a_clear_loss_and_an_unknown_basis_are_told_apart(book: WashBook) -> None:
    gain = fifo(report(book, price=Decimal(20)))
    clear = fifo(report(book, instrument_id=book.beta.pk, quantity=Decimal(4), price=Decimal(1)))

    assert (gain.verdict, gain.sentences) == (
        "no loss",
        ("Nothing is sold at a loss, so nothing can be washed.",),
    )
    assert clear.verdict == "clear"
    assert clear.sentences[0] == "Nothing bought in the 30 days before washes this loss."


def test_a_basis_that_is_not_known_leaves_the_verdict_unclear(book: WashBook) -> None:
    foreign = PortfolioFactory(holder=book.taxable.holder, name="Euro", base_currency="EUR")
    transactions_record(portfolio=foreign, parsed=[buy(ago(20), 3, "30", symbol="GAMMA")], source="test")
    book_derive(household_id=foreign.household_id)
    gamma = Instrument.objects.get(symbol="GAMMA", household=foreign.household)

    line = fifo(report(book, portfolio_id=foreign.pk, instrument_id=gamma.pk, quantity=Decimal(3)))

    assert (line.verdict, line.strategy.tax) == ("unclear", None)
    assert line.sentences == ("A basis is not known, so whether there is a loss is not known either.",)


def test_a_rate_of_exchange_brings_the_sale_into_the_base_currency(book: WashBook) -> None:
    foreign = PortfolioFactory(holder=book.taxable.holder, name="Euro", base_currency="EUR")
    rows = [buy(ago(3), 3, "30", symbol="GAMMA", fx_rate=Decimal("0.9"))]
    transactions_record(portfolio=foreign, parsed=rows, source="test")
    book_derive(household_id=foreign.household_id)
    gamma = Instrument.objects.get(symbol="GAMMA", household=foreign.household)
    PriceFactory(instrument=gamma, day=ago(1), close=Decimal(10))

    found = report(book, portfolio_id=foreign.pk, instrument_id=gamma.pk, quantity=Decimal(3))

    assert found.currency == "EUR"
    assert fifo(found).strategy.outcome.proceeds == 27


def test_the_persons_rates_come_from_the_profile_and_what_was_realised(book: WashBook) -> None:
    told(book, carryforward_short=Decimal(0))

    found = report(book, price=Decimal(20))

    assert found.rates.rates is not None
    # Married, 100,000 less the standard deduction: 12 % by the schedule. The loss of 60 so far in the year
    # would be deducted from other income, so the next dollar of either term is taxed as that.
    assert (found.rates.rates.short, found.rates.rates.long) == (Decimal("0.12"), Decimal("0.12"))
    assert fifo(found).strategy.tax == Decimal("7.2")
    assert found.is_taxed


def test_without_income_or_status_the_tax_is_not_known_and_may_be_told(book: WashBook) -> None:
    nothing = report(book).rates
    told(book, ordinary_income=None)
    half = report(book).rates

    assert nothing == half
    assert (half.rates, half.may_edit) == (None, True)
    assert (
        half.reason
        == f"The tax profile of {timezone.localdate().year} lacks the filing status or the income."
    )


def test_realised_gains_of_an_unknown_term_are_in_neither_rate(book: WashBook) -> None:
    """What was held from an unknown day is no gain of either term; the rates stay those of the loss of 60."""
    told(book)
    opening = parsed(
        TransactionKind.OPENING, ago(40), instrument=stock("OLD"), quantity=Decimal(1), cost=Decimal(1)
    )
    rows = [opening, sell(ago(8), 1, "9000", symbol="OLD")]
    transactions_record(portfolio=book.taxable, parsed=rows, source="test")
    book_derive(household_id=book.taxable.household_id)

    rates = report(book).rates.rates

    assert rates is not None
    assert (rates.short, rates.long) == (Decimal("0.12"), Decimal("0.12"))


def test_a_year_without_tables_has_no_rates(book: WashBook) -> None:
    TaxProfile.objects.create(
        household=book.taxable.household, year=2019, filing_status="single", ordinary_income=Decimal(1)
    )

    found = rates_of(book.ann, book.taxable.household_id, timezone.localdate().replace(year=2019, day=1))

    assert (found.rates, found.may_edit, "2019" in found.reason) == (None, True, True)


def test_a_profile_is_not_read_for_somebody_who_may_not_see_it(book: WashBook) -> None:
    told(book)
    reader = MemberFactory().user
    GrantFactory(household=book.taxable.household, grantee=reader, granted_by=book.ann, scope="read")

    found = report(book, user=reader)

    assert (found.rates.rates, found.rates.may_edit) == (None, False)
    assert found.rates.reason == "The household’s tax profile is not yours to see."
    assert not sees_taxes_of(AnonymousUser(), book.taxable.household_id)


def test_a_day_in_the_past_is_refused(book: WashBook) -> None:
    with pytest.raises(InvalidInput) as refused:
        report(book, day=ago(1))

    assert refused.value.fields == {
        "day": ["This looks ahead: choose a day from today on, ten years away at most."]
    }


def test_an_account_of_somebody_else_is_not_there(book: WashBook) -> None:
    with pytest.raises(NotFound):
        report(book, user=book.ben)


def test_positions_are_those_of_the_scope(book: WashBook) -> None:
    everything = positions_held(household_scope(book.ann))
    his = positions_held(household_scope(book.ben))
    one = positions_held(household_scope(book.ann, portfolio_id=book.ira.pk), book.beta.pk)

    assert [seen(one.symbol, one.account, one.quantity) for one in everything] == [
        ("ACME", "Ann, Taxable", 10),
        ("ACME", "Ben, IRA", 6),
        ("BETA", "Ann, Taxable", 4),
        ("BETA", "Ben, IRA", 1),
    ]
    assert [one.account for one in his] == ["Ben, IRA", "Ben, IRA"]
    assert [one.quantity for one in one] == [1]


def test_nobody_has_no_household_to_sell_from() -> None:
    with pytest.raises(NotFound):
        household_scope(AnonymousUser())
