"""Holdings as tables show them, against a book reckoned by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.records import TransactionKind
from portfolios.models import Price
from portfolios.selectors.holdings import HoldingTable, holding_table
from portfolios.selectors.prices import PriceState
from portfolios.selectors.scopes import scope_of
from portfolios.services.ledger import transactions_record
from tests.factories.portfolios import PortfolioFactory, buy, parsed, stock
from tests.portfolios.small_book import LAST, SmallBook, derive, seen, small_book

pytestmark = pytest.mark.django_db


def table_of(book: SmallBook, day: date = LAST, *, is_merged: bool = False) -> HoldingTable:
    scope = scope_of(book.user)
    assert scope is not None
    return holding_table(scope, day, is_merged=is_merged)


def test_each_position_has_its_value_gain_weight_and_change_of_the_day() -> None:
    table = table_of(small_book())
    acme, beta = table.lines
    assert seen(acme.symbol, acme.quantity, acme.value_base, acme.basis_base) == ("ACME", 6, 720, 600)
    assert seen(acme.gain_base, acme.gain_fraction, acme.day_change_base) == (120, Decimal("0.2"), 60)
    assert seen(beta.value_base, beta.gain_base, beta.day_change_base) == (200, -50, -50)
    assert acme.weight is not None
    assert round(acme.weight, 6) == Decimal("0.071132")  # 720 of 10,122


def test_totals_add_up_holdings_and_cash() -> None:
    table = table_of(small_book())
    assert seen(table.value, table.cash_total, table.basis, table.gain) == (10_122, 9_202, 850, 70)
    assert seen(table.day_change, table.unknown_gains, table.missing) == (10, 0, ())


def test_a_position_without_a_close_makes_the_total_incomplete_and_is_never_zero() -> None:
    book = small_book()
    Price.objects.filter(instrument=book.beta).delete()
    table = table_of(book)
    beta = table.lines[1]
    assert (beta.value_base, beta.gain_base, beta.weight) == (None, None, None)
    assert (beta.quote.state, beta.unknown_reason) == (PriceState.MISSING, "no usable price")
    assert seen(table.value, table.known_value, table.gain, table.known_gain) == (None, 9_922, None, 120)
    assert (table.unknown_gains, table.missing) == (1, ("BETA",))


def test_a_close_of_more_than_a_week_is_not_used_but_its_day_is_still_told() -> None:
    table = table_of(small_book(), date(2026, 2, 14))
    quote = table.lines[0].quote
    assert (quote.state, quote.close, quote.day) == (PriceState.MISSING, None, LAST)


def test_a_close_of_friday_is_not_stale_on_sunday_but_is_on_tuesday() -> None:
    book = small_book()
    assert table_of(book, date(2026, 2, 8)).lines[0].quote.state is PriceState.CLOSE
    assert table_of(book, date(2026, 2, 10)).lines[0].quote.state is PriceState.STALE


def test_an_unknown_basis_never_counts_as_profit() -> None:
    book = small_book()
    opening = parsed(TransactionKind.OPENING, LAST, instrument=stock(), quantity=Decimal(10))
    transactions_record(portfolio=book.portfolio, parsed=[opening], source="test")
    derive(book.portfolio)
    table = table_of(book)
    acme = table.lines[0]
    assert seen(acme.value_base, acme.basis_base, acme.gain_base) == (1_920, None, None)
    assert acme.unknown_reason == "basis unknown"
    assert seen(table.gain, table.known_gain) == (None, -50)


def test_the_same_stock_in_two_accounts_is_added_up_when_asked() -> None:
    book = small_book()
    other = PortfolioFactory(holder=book.portfolio.holder, name="Ann, IRA")
    transactions_record(portfolio=other, parsed=[buy(LAST, 2, "240")], source="test")
    derive(other)
    assert [line.quantity for line in table_of(book).lines if line.symbol == "ACME"] == [6, 2]
    merged = [line for line in table_of(book, is_merged=True).lines if line.symbol == "ACME"]
    assert [seen(line.quantity, line.basis_base, line.account) for line in merged] == [(8, 840, "2 accounts")]


def test_a_split_since_the_last_close_restates_it() -> None:
    book = small_book()
    split = parsed(
        TransactionKind.SPLIT,
        date(2026, 2, 9),
        instrument=stock(),
        ratio_new=Decimal(2),
        ratio_old=Decimal(1),
    )
    transactions_record(portfolio=book.portfolio, parsed=[split], source="test")
    derive(book.portfolio)
    acme = table_of(book, date(2026, 2, 9)).lines[0]
    assert seen(acme.quantity, acme.quote.close, acme.value_base) == (12, 60, 720)


def test_another_households_split_changes_nothing_here() -> None:
    book, stranger = small_book(), small_book("Stranger")
    split = parsed(
        TransactionKind.SPLIT,
        date(2026, 2, 9),
        instrument=stock(),
        ratio_new=Decimal(2),
        ratio_old=Decimal(1),
    )
    transactions_record(portfolio=stranger.portfolio, parsed=[split], source="test")
    assert table_of(book, date(2026, 2, 9)).lines[0].quote.close == 120


def test_a_position_in_another_currency_without_a_rate_says_so() -> None:
    book = small_book()
    scope = scope_of(book.user)
    assert scope is not None
    table = holding_table(replace(scope, currency="EUR"), LAST)
    assert table.value is None
    assert {line.unknown_reason for line in table.lines} == {"no exchange rate"}
