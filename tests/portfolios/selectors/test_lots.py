"""The lot ladder: clock, basis with its reason, gain."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.records import TransactionKind
from portfolios.selectors.lots import LotLine, lot_lines
from portfolios.selectors.prices import quote_on
from portfolios.selectors.scopes import scope_of
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import parsed, stock
from tests.portfolios.small_book import LAST, SmallBook, derive, seen, small_book

pytestmark = pytest.mark.django_db


def ladder(book: SmallBook, today: date) -> list[LotLine]:
    scope = scope_of(book.user)
    assert scope is not None
    quote = quote_on(scope.household_id, book.acme.pk, LAST)
    return lot_lines(scope, book.acme.pk, quote=quote, today=today)


def test_a_lot_says_in_how_many_days_it_turns_long_and_on_which() -> None:
    lot = ladder(small_book(), date(2027, 1, 4))[0]
    assert (lot.long_on, lot.days_left, lot.is_long) == (date(2027, 2, 3), 30, False)
    assert round(lot.elapsed, 4) == Decimal("0.9180")  # 336 of 366 days


def test_on_its_first_long_day_a_lot_is_long() -> None:
    lot = ladder(small_book(), date(2027, 2, 3))[0]
    assert seen(lot.days_left, lot.is_long, lot.elapsed) == (0, True, 1)


def test_what_is_left_of_a_lot_keeps_its_share_of_the_basis() -> None:
    lot = ladder(small_book(), LAST)[0]
    assert seen(lot.quantity, lot.basis, lot.basis_per_share, lot.value, lot.gain) == (6, 600, 100, 720, 120)
    assert (lot.origin, lot.reason) == ("bought", "")


def test_an_adjusted_basis_gives_its_reason() -> None:
    book = small_book()
    row = parsed(TransactionKind.RETURN_OF_CAPITAL, LAST, instrument=stock(), amount=Decimal(30))
    transactions_record(portfolio=book.portfolio, parsed=[row], source="test")
    derive(book.portfolio)
    lot = ladder(book, LAST)[0]
    assert seen(lot.cost, lot.basis) == (600, 570)
    assert lot.reason == "adjusted for what the company paid back or split off"


def test_a_lot_without_cost_and_day_stands_last_and_says_what_is_unknown() -> None:
    book = small_book()
    row = parsed(TransactionKind.OPENING, LAST, instrument=stock(), quantity=Decimal(3))
    transactions_record(portfolio=book.portfolio, parsed=[row], source="test")
    derive(book.portfolio)
    lot = ladder(book, LAST)[-1]
    assert seen(lot.quantity, lot.basis, lot.gain, lot.reason) == (3, None, None, "basis unknown")
    assert (lot.acquired, lot.long_on, lot.days_left, lot.is_long) == (None, None, None, False)


def test_a_short_lot_gains_what_covering_costs_less_than_it_brought() -> None:
    book = small_book()
    away = {"quantity": Decimal(-6), "amount": Decimal(720)}
    short = {"quantity": Decimal(-3), "cost": Decimal(450), "acquired": LAST}
    rows = [
        parsed(TransactionKind.SELL, LAST, instrument=stock(), **away),
        parsed(TransactionKind.OPENING, LAST, instrument=stock(), **short),
    ]
    transactions_record(portfolio=book.portfolio, parsed=rows, source="test")
    derive(book.portfolio)
    (lot,) = ladder(book, LAST)
    assert seen(lot.quantity, lot.basis, lot.value, lot.gain) == (-3, 450, -360, 90)
