"""Sales of a year: which pieces they are, by the taxpayer's book and by the broker's rules."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.policies import WashMode
from portfolios.engine.records import TransactionKind
from portfolios.models import Instrument, Transaction
from portfolios.services.ledger import transactions_record
from taxharvest.selectors.tax_sales import YearSales, tax_sales
from tests.factories.accounts import MemberFactory
from tests.factories.portfolios import PortfolioFactory, buy, parsed, sell, stock
from tests.portfolios.small_book import derive, seen
from tests.taxharvest.tax_book import TaxBook, tax_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> TaxBook:
    return tax_book()


def washed(sales: YearSales) -> list[tuple[object, ...]]:
    return [seen(sale.symbol, sale.quantity, sale.disallowed) for sale in sales.sales]


def test_the_taxpayers_book_counts_what_was_replaced_in_any_account(book: TaxBook) -> None:
    sales = tax_sales(book.scope, 2025)

    assert sorted(washed(sales)) == [
        ("ACME", 100, 0),
        ("BETA", 4, 80),
        ("BETA", 6, 0),
        ("GAMA", 10, 100),
        ("MISS", 5, 0),
    ]
    assert seen(sales.deferred, sales.permanent, sales.disallowed) == (100, 80, 180)


def test_the_brokers_rules_count_what_was_replaced_in_the_same_account(book: TaxBook) -> None:
    sales = tax_sales(book.scope, 2025, WashMode.BROKER)

    assert sorted(washed(sales)) == [
        ("ACME", 100, 0),
        ("BETA", 10, 0),
        ("GAMA", 10, 100),
        ("MISS", 5, 0),
    ]


def test_a_sale_carries_its_days_amounts_and_the_row_it_came_from(book: TaxBook) -> None:
    sale = next(sale for sale in tax_sales(book.scope, 2025).sales if sale.symbol == "ACME")

    assert seen(sale.acquired, sale.sold) == (date(2024, 1, 10), date(2025, 3, 3))
    assert seen(sale.proceeds, sale.basis, sale.term) == (1500, 1000, "long")
    assert sale.sale_key == str(Transaction.objects.get(kind="sell", instrument__symbol="ACME").pk)


def test_a_sale_without_a_purchase_has_no_basis(book: TaxBook) -> None:
    sale = next(sale for sale in tax_sales(book.scope, 2025).sales if sale.symbol == "MISS")

    assert seen(sale.proceeds, sale.basis) == (50, None)


def test_sales_of_a_retirement_account_are_not_on_the_return(book: TaxBook) -> None:
    rows = [sell(date(2026, 1, 8), 4, "400", "BETA")]
    transactions_record(portfolio=book.ira, parsed=rows, source="test")
    derive(book.ira)

    assert tax_sales(book.scope, 2026).sales == ()


def test_an_account_in_another_currency_is_left_out_and_named(book: TaxBook) -> None:
    euro = PortfolioFactory(holder=book.taxable.holder, name="Ann, Euro", base_currency="EUR")
    rows = [
        buy(date(2025, 1, 2), 1, "10", "EURX", currency="EUR"),
        sell(date(2025, 1, 3), 1, "12", "EURX", currency="EUR"),
    ]
    transactions_record(portfolio=euro, parsed=rows, source="test")
    derive(euro)
    sales = tax_sales(book.scope, 2025)

    assert "EURX" not in {sale.symbol for sale in sales.sales}
    assert sales.notes == (
        "Ann, Euro keeps its book in EUR; the forms are in US dollars, so its sales are not in them.",
    )


def test_a_dependants_account_is_left_out_and_named(book: TaxBook) -> None:
    child = MemberFactory(household=book.taxable.household, user=None, name="Cy", relationship="dependant")
    PortfolioFactory(holder=child, name="Cy, Taxable")

    assert tax_sales(book.scope, 2025).notes == ("Cy, Taxable belongs to a dependant, who files for it.",)


def test_a_trade_without_an_exchange_rate_is_left_out_with_the_reason(book: TaxBook) -> None:
    rows = [
        buy(date(2025, 1, 2), 1, "10", "FRGN", currency="CHF"),
        sell(date(2025, 1, 3), 1, "12", "FRGN", currency="CHF"),
    ]
    transactions_record(portfolio=book.taxable, parsed=rows, source="test")
    derive(book.taxable)
    left_out = tax_sales(book.scope, 2025).left_out

    assert [seen(item.symbol, item.quantity, item.reason) for item in left_out] == [
        ("FRGN", 1, "The proceeds are not known in US dollars: the trade has no exchange rate."),
    ]


def test_a_future_is_left_out_for_its_own_form(book: TaxBook) -> None:
    Instrument.objects.filter(symbol="ACME").update(asset_class="future")

    reasons = {item.symbol: item.reason for item in tax_sales(book.scope, 2025).left_out}
    assert reasons == {"ACME": "Regulated futures are marked to market on Form 6781 (IRC 1256)."}


def test_digital_assets_and_metal_funds_are_marked(book: TaxBook) -> None:
    Instrument.objects.filter(symbol="ACME").update(asset_class="crypto")
    Instrument.objects.filter(symbol="GAMA").update(asset_class="fund", tracked_index="LBMA Gold Price PM")
    sales = {sale.symbol: sale for sale in tax_sales(book.scope, 2025).sales}

    assert sales["ACME"].is_digital_asset
    assert not sales["ACME"].is_collectible
    assert sales["GAMA"].is_collectible
    assert not sales["GAMA"].is_digital_asset


def test_a_short_sale_is_acquired_on_the_day_it_is_covered(book: TaxBook) -> None:
    rows = [
        sell(date(2025, 8, 4), 3, "90", "SHRT", position_effect="open"),
        buy(date(2025, 8, 20), 3, "60", "SHRT", position_effect="close"),
    ]
    transactions_record(portfolio=book.taxable, parsed=rows, source="test")
    derive(book.taxable)
    sale = next(sale for sale in tax_sales(book.scope, 2025).sales if sale.symbol == "SHRT")

    assert sale.is_short_sale
    assert seen(sale.acquired, sale.sold) == (date(2025, 8, 20), date(2025, 8, 20))
    assert seen(sale.proceeds, sale.basis, sale.term) == (90, 60, "short")


def test_an_inheritance_stays_one_when_it_is_sold(book: TaxBook) -> None:
    rows = [
        parsed(
            TransactionKind.INHERITANCE,
            date(2025, 4, 1),
            instrument=stock("HEIR"),
            quantity=Decimal(2),
            cost=Decimal(100),
        ),
        sell(date(2025, 4, 8), 2, "110", "HEIR"),
    ]
    transactions_record(portfolio=book.taxable, parsed=rows, source="test")
    derive(book.taxable)
    sale = next(sale for sale in tax_sales(book.scope, 2025).sales if sale.symbol == "HEIR")

    assert seen(sale.is_inherited, sale.term) == (True, "long")


def test_the_digest_is_the_same_for_the_same_sales_and_another_after_a_change(book: TaxBook) -> None:
    before = tax_sales(book.scope, 2025).digest
    derive(book.taxable)
    again = tax_sales(book.scope, 2025).digest
    transactions_record(
        portfolio=book.taxable, parsed=[sell(date(2025, 9, 1), 1, "100", "GAMA")], source="test"
    )
    derive(book.taxable)

    assert seen(len(before), again) == (12, before)
    assert tax_sales(book.scope, 2025).digest != before
