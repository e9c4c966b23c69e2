"""The ledger a page at a time, and one row with all it led to."""

from decimal import Decimal

import pytest

from common.errors import NotFound
from portfolios.engine.records import TransactionKind
from portfolios.models import Transaction
from portfolios.selectors.days import day_story
from portfolios.selectors.scopes import scope_of
from portfolios.selectors.search import accounts_like, instruments_like
from portfolios.selectors.transactions import transaction_lineage, transaction_list, transaction_page
from tests.factories.accounts import UserFactory
from tests.portfolios.small_book import DAYS, seen, small_book

pytestmark = pytest.mark.django_db


def test_pages_by_cursor_give_every_row_once_newest_first() -> None:
    book = small_book()
    rows: list[Transaction] = []
    cursor, pages = "", 0
    while True:
        page = transaction_page(transaction_list(book.user), cursor=cursor, size=2)
        rows.extend(page.rows)
        pages += 1
        if page.following is None:
            break
        cursor = page.following
    assert pages == 3
    assert [row.pk for row in rows] == [row.pk for row in transaction_list(book.user)]
    assert [row.trade_date for row in rows] == sorted((row.trade_date for row in rows), reverse=True)


def test_a_cursor_that_cannot_be_read_starts_from_the_first_row() -> None:
    book = small_book()
    assert len(transaction_page(transaction_list(book.user), cursor="%%%", size=2).rows) == 2


def test_a_sale_leads_to_the_pieces_it_closed_and_a_purchase_to_its_open_lot() -> None:
    book = small_book()
    sale = Transaction.objects.get(portfolio=book.portfolio, kind=TransactionKind.SELL)
    lineage = transaction_lineage(book.user, sale.pk)
    assert [(piece.quantity, piece.gain_base, piece.term) for piece in lineage.disposals] == [
        (4, 40, "short")
    ]
    assert (lineage.lots, lineage.can_edit) == ((), True)
    bought = Transaction.objects.get(portfolio=book.portfolio, kind=TransactionKind.BUY, instrument=book.acme)
    lots = transaction_lineage(book.user, bought.pk).lots
    assert [(lot.quantity, lot.basis) for lot in lots] == [(6, 600)]


def test_a_row_of_somebody_else_is_not_found() -> None:
    book = small_book()
    row = Transaction.objects.filter(portfolio=book.portfolio).first()
    assert row is not None
    with pytest.raises(NotFound):
        transaction_lineage(UserFactory(), row.pk)


def test_a_day_tells_what_the_market_did_what_moved_and_what_was_recorded() -> None:
    scope = scope_of(small_book().user)
    assert scope is not None
    story = day_story(scope, DAYS[4])
    assert seen(story.value, story.flow, story.market) == (10_122, 0, 10)
    assert [seen(mover.symbol, mover.amount) for mover in story.movers] == [("ACME", 60), ("BETA", -50)]
    assert story.movers[1].fraction == Decimal("-0.2")
    fifth = day_story(scope, DAYS[3])
    assert [row.kind for row in fifth.transactions] == ["sell", "dividend"]
    assert seen(fifth.flow, fifth.market, fifth.movers) == (0, 12, ())


def test_a_search_finds_only_what_the_viewer_may_see() -> None:
    book = small_book()
    assert [found.label for found in instruments_like(book.user, "ac")] == ["ACME"]
    assert [found.label for found in accounts_like(book.user, "tax")] == ["Ann, Taxable"]
    stranger = UserFactory()
    assert instruments_like(stranger, "ac") == []
    assert accounts_like(stranger, "tax") == []
