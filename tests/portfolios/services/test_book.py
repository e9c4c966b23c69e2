"""Deriving the stored book from the ledger: in whole, in part, and again."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.records import TransactionKind
from portfolios.models import CashBalance, Disposal, Finding, Holding, Lot, Portfolio, Transaction
from portfolios.services.book import book_derive
from portfolios.services.ledger import transaction_reverse, transactions_record
from tests.factories.portfolios import PortfolioFactory, buy, parsed, sell, stock

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def stored(model: type[Lot | Disposal | Holding]) -> list[tuple[object, ...]]:
    return sorted(model.objects.values_list(), key=str)


@pytest.fixture
def portfolio() -> Portfolio:
    return PortfolioFactory()


def test_a_sale_leaves_the_rest_of_its_lot_and_a_disposal(portfolio: Portfolio) -> None:
    rows = [
        parsed(TransactionKind.DEPOSIT, MONDAY, amount=Decimal(2000)),
        buy(MONDAY, 10, "1000"),
        sell(TUESDAY, 4, "500"),
    ]
    transactions_record(portfolio=portfolio, parsed=rows, source="csv")

    summary = book_derive(household_id=portfolio.household_id)

    lot, disposal, holding = Lot.objects.get(), Disposal.objects.get(), Holding.objects.get()
    assert (summary.lots, summary.disposals, summary.holdings, summary.findings) == (1, 1, 1, 0)
    assert (lot.quantity, lot.cost, lot.basis, lot.acquired) == (6, 600, 600, MONDAY)
    assert (disposal.quantity, disposal.proceeds, disposal.basis, disposal.gain_base) == (4, 500, 400, 100)
    assert (disposal.term, disposal.disposed) == ("short", TUESDAY)
    assert (holding.quantity, holding.basis_base, holding.lot_count) == (6, 600, 1)
    assert CashBalance.objects.get().amount == 1500


def test_deriving_again_gives_the_same_bytes_and_rewrites_nothing(portfolio: Portfolio) -> None:
    rows = [buy(MONDAY, 10, "1000"), sell(TUESDAY, 4, "500"), buy(TUESDAY, 3, "333.33", "BETA")]
    transactions_record(portfolio=portfolio, parsed=rows, source="csv")
    first = book_derive(household_id=portfolio.household_id)
    before = stored(Lot), stored(Disposal), stored(Holding)

    second = book_derive(household_id=portfolio.household_id)

    assert second.digest == first.digest
    assert (stored(Lot), stored(Disposal), stored(Holding)) == before


def test_a_rebuild_from_nothing_equals_what_grew_row_by_row(portfolio: Portfolio) -> None:
    rows = [
        buy(MONDAY, 10, "1000"),
        buy(MONDAY, 7, "770", "BETA"),
        sell(TUESDAY, 4, "500"),
        sell(TUESDAY, 7, "700", "BETA"),
        buy(TUESDAY, 2, "260"),
    ]
    for row in rows:
        result = transactions_record(portfolio=portfolio, parsed=[row], source="csv")
        book_derive(household_id=portfolio.household_id, instrument_ids=result.instruments)
    grown = stored(Lot), stored(Disposal), stored(Holding)
    for model in (Lot, Disposal, Holding):
        model.objects.all().delete()

    book_derive(household_id=portfolio.household_id)

    assert (stored(Lot), stored(Disposal), stored(Holding)) == grown


def test_a_part_leaves_other_instruments_alone_and_follows_corporate_actions(portfolio: Portfolio) -> None:
    rows = [
        buy(MONDAY, 10, "1000", "OLD"),
        buy(MONDAY, 1, "50", "APART"),
        parsed(
            TransactionKind.MERGER,
            TUESDAY,
            instrument=stock("OLD"),
            counterpart=stock("NEW"),
            quantity=Decimal(-10),
            counter_quantity=Decimal(5),
        ),
    ]
    result = transactions_record(portfolio=portfolio, parsed=rows, source="csv")
    old = Transaction.objects.filter(instrument__symbol="OLD").first()
    assert old is not None
    assert len(result.instruments) == 3

    summary = book_derive(household_id=portfolio.household_id, instrument_ids=[old.instrument_id])

    assert summary.lots == 1
    assert [(lot.instrument.symbol, lot.quantity, lot.cost) for lot in Lot.objects.all()] == [
        ("NEW", 5, 1000)
    ]


def test_a_reversed_purchase_leaves_neither_lot_nor_cash(portfolio: Portfolio) -> None:
    transactions_record(portfolio=portfolio, parsed=[buy(MONDAY, 10, "1000")], source="csv")
    book_derive(household_id=portfolio.household_id)

    transaction_reverse(transaction=Transaction.objects.get(), reason="mistake", actor_id=None)
    book_derive(household_id=portfolio.household_id)

    assert Lot.objects.count() == Holding.objects.count() == 0
    assert CashBalance.objects.get().amount == 0


def test_an_oversold_position_is_a_finding_that_keeps_its_identifier(portfolio: Portfolio) -> None:
    rows = [buy(MONDAY, 1, "10"), sell(TUESDAY, 3, "36")]
    transactions_record(portfolio=portfolio, parsed=rows, source="flex")
    book_derive(household_id=portfolio.household_id)
    first = Finding.objects.get(kind="oversold")

    book_derive(household_id=portfolio.household_id)

    again = Finding.objects.get(kind="oversold")
    assert (again.pk, again.created_at) == (first.pk, first.created_at)
    assert Disposal.objects.get(basis__isnull=True).quantity == 2
    assert Holding.objects.count() == 0


def test_lots_move_with_a_transfer_and_keep_their_dates(portfolio: Portfolio) -> None:
    other = PortfolioFactory(holder=portfolio.holder)
    transactions_record(portfolio=portfolio, parsed=[buy(MONDAY, 10, "1000")], source="csv")
    out = parsed(TransactionKind.TRANSFER_OUT, TUESDAY, instrument=stock(), quantity=Decimal(-10))
    into = parsed(TransactionKind.TRANSFER_IN, TUESDAY, instrument=stock(), quantity=Decimal(10))
    transactions_record(portfolio=portfolio, parsed=[out], source="csv")
    transactions_record(portfolio=other, parsed=[into], source="csv")

    book_derive(household_id=portfolio.household_id)

    lot = Lot.objects.get()
    assert (lot.portfolio_id, lot.acquired, lot.basis) == (other.pk, MONDAY, 1000)
    assert Finding.objects.count() == 0


def test_cash_in_two_currencies_follows_an_exchange(portfolio: Portfolio) -> None:
    row = parsed(
        TransactionKind.EXCHANGE,
        MONDAY,
        currency="EUR",
        amount=Decimal(100),
        counter_currency="USD",
        counter_amount=Decimal("-108.50"),
        fx_rate=Decimal("1.085"),
    )
    transactions_record(portfolio=portfolio, parsed=[row], source="csv")

    book_derive(household_id=portfolio.household_id)

    balances = dict(CashBalance.objects.values_list("currency", "amount"))
    assert balances == {"EUR": 100, "USD": Decimal("-108.5")}
