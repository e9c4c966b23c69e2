"""Rows entered by hand and taken back: what is recorded, what is refused, what follows."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from common.errors import Conflict, InvalidInput
from portfolios.engine.records import TransactionKind
from portfolios.models import Holding, Transaction, Valuation
from portfolios.services.entries import Entry, EntryKind, transaction_enter, transaction_take_back
from tests.portfolios.small_book import LAST, SmallBook, seen, small_book

pytestmark = pytest.mark.django_db


def entry(kind: EntryKind, **facts: Any) -> Entry:
    defaults: dict[str, Any] = {"entry_id": uuid4(), "kind": kind, "trade_date": LAST, "currency": "USD"}
    return Entry(**(defaults | facts))


def enter(book: SmallBook, kind: EntryKind, **facts: Any) -> Transaction:
    return transaction_enter(portfolio=book.portfolio, entry=entry(kind, **facts), actor_id=book.user.pk)


def refusal(book: SmallBook, kind: EntryKind, **facts: Any) -> dict[str, list[str]]:
    before = Transaction.objects.count()
    with pytest.raises(InvalidInput) as caught:
        enter(book, kind, **facts)
    assert Transaction.objects.count() == before
    return caught.value.fields


def test_a_purchase_is_recorded_with_its_cash_and_the_book_follows() -> None:
    book = small_book()
    row = enter(book, EntryKind.BUY, symbol="acme", quantity=Decimal(2), price=Decimal(120), fees=Decimal(1))
    assert (row.kind, row.quantity, row.amount, row.fees, row.source) == ("buy", 2, -241, 1, "manual")
    assert row.instrument_id == book.acme.pk
    holding = Holding.objects.get(portfolio=book.portfolio, instrument=book.acme)
    assert (holding.quantity, holding.basis) == (8, 841)
    assert Valuation.objects.get(portfolio=book.portfolio, day=LAST).value == 10_121


def test_the_same_entry_sent_twice_records_one_row() -> None:
    book = small_book()
    twice = entry(EntryKind.DEPOSIT, amount=Decimal(50))
    rows = [transaction_enter(portfolio=book.portfolio, entry=twice, actor_id=book.user.pk) for _ in range(2)]
    assert rows[0].pk == rows[1].pk
    assert (
        Transaction.objects.filter(portfolio=book.portfolio, natural_key__startswith="manual:").count() == 1
    )


@pytest.mark.parametrize(
    ("kind", "amount"),
    [(EntryKind.INTEREST, 5), (EntryKind.INTEREST_PAID, -5), (EntryKind.FEE, -5), (EntryKind.WITHDRAWAL, -5)],
)
def test_the_kind_says_which_way_the_money_goes(kind: EntryKind, amount: int) -> None:
    assert enter(small_book(), kind, amount=Decimal(5)).amount == amount


def test_an_opening_position_without_a_basis_stays_without_one() -> None:
    book = small_book()
    enter(book, EntryKind.OPENING, symbol="GAMMA", quantity=Decimal(7))
    holding = Holding.objects.get(portfolio=book.portfolio, instrument__symbol="GAMMA")
    assert (holding.quantity, holding.basis) == (7, None)


def test_more_cannot_be_sold_than_is_held() -> None:
    fields = refusal(small_book(), EntryKind.SELL, symbol="ACME", quantity=Decimal(7), price=Decimal(1))
    assert fields == {"quantity": ["“Ann, Taxable” holds 6 of ACME: no more can leave it."]}


def test_every_missing_field_is_named_at_once() -> None:
    fields = refusal(small_book(), EntryKind.BUY)
    assert set(fields) == {"symbol", "quantity", "price"}


def test_a_sign_an_unknown_currency_and_a_late_acquisition_are_refused() -> None:
    fields = refusal(
        small_book(),
        EntryKind.OPENING,
        symbol="ACME",
        quantity=Decimal(-1),
        currency="XXQ",
        acquired=date(2026, 3, 1),
    )
    assert set(fields) == {"quantity", "currency", "acquired"}


def test_a_closed_account_takes_nothing_more() -> None:
    book = small_book()
    book.portfolio.closed_on = LAST
    with pytest.raises(Conflict):
        enter(book, EntryKind.DEPOSIT, amount=Decimal(1))


def test_taking_a_row_back_needs_a_reason_and_undoes_what_it_led_to() -> None:
    book = small_book()
    sale = Transaction.objects.get(portfolio=book.portfolio, kind=TransactionKind.SELL)
    with pytest.raises(InvalidInput):
        transaction_take_back(transaction=sale, reason="  ", actor_id=book.user.pk)
    transaction_take_back(transaction=sale, reason="Entered twice", actor_id=book.user.pk)
    assert Holding.objects.get(portfolio=book.portfolio, instrument=book.acme).quantity == 10
    assert Valuation.objects.get(portfolio=book.portfolio, day=LAST).value == 8_762 + 1_200 + 200
    with pytest.raises(Conflict):
        transaction_take_back(transaction=sale, reason="Again", actor_id=book.user.pk)


def test_a_gift_keeps_the_donors_basis_and_day_and_an_inheritance_its_value_at_death() -> None:
    book = small_book()
    facts: dict[str, Any] = {"symbol": "ACME", "quantity": Decimal(3)}

    gift = enter(
        book, EntryKind.GIFT, **facts, cost=Decimal(90), acquired=date(2019, 1, 2), price=Decimal(120)
    )
    inherited = enter(book, EntryKind.INHERITANCE, **facts, cost=Decimal(360))

    assert seen(gift.kind, gift.quantity, gift.amount, gift.cost, gift.acquired, gift.price) == (
        "gift",
        3,
        0,
        90,
        date(2019, 1, 2),
        120,
    )
    assert seen(inherited.kind, inherited.quantity, inherited.amount, inherited.cost) == (
        "inheritance",
        3,
        0,
        360,
    )


def test_a_delivery_needs_as_many_held_short_as_long() -> None:
    book = small_book()

    assert refusal(book, EntryKind.DELIVERY, symbol="acme", quantity=Decimal(1)) == {
        "quantity": ["“Ann, Taxable” holds 6 of ACME long and none short: a delivery needs as many of both."]
    }
