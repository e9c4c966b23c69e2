"""Ledgers of many households are read in sets, and say of a sale what each by itself says."""

from decimal import Decimal
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from portfolios.engine.records import LotChoice
from portfolios.models import Instrument, Lot, Portfolio
from taxharvest.engine.what_if import PlannedSale, sale_outcome
from taxharvest.selectors.dealt_ledgers import DealtLedgers
from taxharvest.selectors.ledgers import sale_ledger
from tests.factories.portfolios import InstrumentFactory
from tests.taxharvest.wash_book import WashBook, ago, wash_book

pytestmark = pytest.mark.django_db


def sale(portfolio: Portfolio, instrument: Instrument, quantity: int, price: int) -> PlannedSale:
    lots = Lot.objects.filter(portfolio=portfolio, instrument=instrument)
    roots: dict[UUID, Decimal] = {}
    for lot in lots:
        roots[lot.root_id] = roots.get(lot.root_id, Decimal(0)) + lot.quantity
    return PlannedSale(
        portfolio_id=portfolio.pk, instrument_id=instrument.pk, day=ago(0), quantity=Decimal(quantity),
        price=Decimal(price), currency="USD", fx_rate=Decimal(1),
        lots=tuple(LotChoice(lot_id=root, quantity=shares) for root, shares in roots.items()),
    )  # fmt: skip


def test_the_ledgers_of_two_households_are_read_with_nine_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    books: list[WashBook] = [wash_book(), wash_book()]
    InstrumentFactory.create(symbol="OTHER")
    with django_assert_num_queries(9):
        ledgers = DealtLedgers({book.taxable.household_id: {book.acme.pk, book.beta.pk} for book in books})

    for book in books:
        household = book.taxable.household_id
        for instrument, quantity, price in ((book.acme, 10, 10), (book.beta, 4, 15)):
            wanted = sale(book.taxable, instrument, quantity, price)
            found = sale_outcome(ledgers.ledger(household, instrument.pk), wanted)
            assert found == sale_outcome(sale_ledger(household, [instrument.pk]), wanted)
            assert found == sale_outcome(sale_ledger(household), wanted)
    # Ben's six of two weeks ago take up six of the ten.
    acme = sale_outcome(
        ledgers.ledger(books[0].taxable.household_id, books[0].acme.pk),
        sale(books[0].taxable, books[0].acme, 10, 10),
    )
    assert (acme.lost, [cause.sold for cause in acme.causes]) == (Decimal(24), [Decimal(6)])
