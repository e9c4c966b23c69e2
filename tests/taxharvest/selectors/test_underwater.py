"""Which lots are under water, as the database finds them."""

from decimal import Decimal

import pytest

from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Lot, Portfolio, Price
from portfolios.services.book import book_derive
from portfolios.services.ledger import transactions_record
from taxharvest.engine.harvest.scanning import Skip
from taxharvest.selectors.underwater import underwater
from tests.factories.portfolios import PortfolioFactory, buy, parsed, stock
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db
TODAY = ago(0)


@pytest.fixture
def book() -> WashBook:
    return wash_book()


def test_lots_below_their_basis_are_found_with_what_they_have_lost(book: WashBook) -> None:
    found = underwater([book.taxable.pk], TODAY)
    acme, beta = found.positions
    (lot,) = acme.lots

    assert found.unjudged == ()
    assert (beta.symbol, beta.loss) == ("BETA", Decimal(40))  # 84 paid and 40 deferred, 84 left
    assert (acme.symbol, acme.price, acme.price_day, acme.fx_rate) == (
        "ACME", Decimal(10), ago(1), Decimal(1),
    )  # fmt: skip
    assert [lot.quantity, lot.basis, lot.value, lot.loss] == [10, 140, 100, 40]
    assert acme.loss == 40


def test_a_lot_that_a_wash_sale_divided_is_looked_at_undivided(book: WashBook) -> None:
    Price.objects.filter(instrument=book.beta).update(close=20)

    _, beta = underwater([book.taxable.pk], TODAY).positions

    assert [lot.quantity for lot in beta.lots] == [4]
    assert beta.loss == Decimal("44.00000000")  # 84 paid and 40 deferred, 80 left


def test_a_price_of_more_than_a_week_ago_is_none(book: WashBook) -> None:
    Price.objects.filter(instrument=book.acme).update(day=ago(8))

    found = underwater([book.taxable.pk], TODAY)

    assert [(one.symbol, one.reason) for one in found.unjudged] == [("ACME", Skip.NO_PRICE)]
    assert "ACME" not in {position.symbol for position in found.positions}


def test_a_lot_without_basis_is_not_judged_and_the_others_of_its_position_are(book: WashBook) -> None:
    transactions_record(portfolio=book.taxable, parsed=[buy(ago(100), 5, "90")], source="later")
    book_derive(household_id=book.taxable.household_id)
    Lot.objects.filter(portfolio=book.taxable, instrument=book.acme, quantity=5).update(basis_base=None)

    found = underwater([book.taxable.pk], TODAY)

    assert [(one.symbol, one.reason) for one in found.unjudged] == [("ACME", Skip.MISSING_BASIS)]
    assert [lot.quantity for lot in found.positions[0].lots] == [10]


def test_a_close_from_before_a_split_is_restated_for_it(book: WashBook) -> None:
    split = parsed(
        TransactionKind.SPLIT,
        TODAY,
        instrument=stock("ACME"),
        quantity=Decimal(10),
        ratio_new=Decimal(2),
        ratio_old=Decimal(1),
    )
    transactions_record(portfolio=book.taxable, parsed=[split], source="split")
    book_derive(household_id=book.taxable.household_id)

    (acme,) = [one for one in underwater([book.taxable.pk], TODAY).positions if one.symbol == "ACME"]

    assert [acme.price, acme.lots[0].quantity, acme.loss] == [5, 20, 40]


def test_what_is_quoted_in_another_currency_needs_a_rate() -> None:
    portfolio: Portfolio = PortfolioFactory(base_currency="EUR")
    transactions_record(
        portfolio=portfolio, parsed=[buy(ago(20), 10, "200", fx_rate=Decimal("0.9"))], source="test"
    )
    book_derive(household_id=portfolio.household_id)
    acme = Instrument.objects.get(symbol="ACME")
    Price.objects.create(instrument=acme, day=ago(1), close=10, currency="USD", source="test")

    before = underwater([portfolio.pk], TODAY)
    pair = Instrument.objects.create(symbol="USD.EUR", asset_class="currency", currency="EUR")
    Price.objects.create(instrument=pair, day=ago(1), close=Decimal("0.8"), currency="EUR", source="test")
    after = underwater([portfolio.pk], TODAY)

    assert (before.positions, [one.reason for one in before.unjudged]) == ((), [Skip.NO_PRICE])
    assert after.positions[0].fx_rate == Decimal("0.8")
    assert after.positions[0].loss == 100  # 180 EUR paid, 80 left


def test_a_batch_of_accounts_is_one_query(book: WashBook, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        underwater([book.taxable.pk, book.ira.pk], TODAY)
