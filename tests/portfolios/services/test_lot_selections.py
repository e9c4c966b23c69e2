"""Naming the lots of a sale: what is kept, what is refused, and when it is too late."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from common.errors import Conflict, InvalidInput
from common.models import AuditEvent
from portfolios.engine.records import LotChoice, PositionEffect
from portfolios.models import LotSelection, Portfolio, Transaction
from portfolios.selectors.lot_selections import sale_lots, takes_lots
from portfolios.services.book import book_derive
from portfolios.services.ledger import transaction_reverse, transactions_record
from portfolios.services.lot_selections import lot_selection_record
from tests.factories.portfolios import PortfolioFactory, buy, sell
from tests.portfolios.small_book import seen

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))
IN_TIME = datetime(2026, 3, 4, 18, tzinfo=UTC)
TOO_LATE = datetime(2026, 3, 6, 18, tzinfo=UTC)


@pytest.fixture
def sale() -> Transaction:
    """Eight shares sold on Wednesday; six of Monday, five of Tuesday open, and five bought afterwards."""
    portfolio = PortfolioFactory(name="Ann, Taxable")
    rows = [
        buy(MONDAY, 6, "600"),
        buy(TUESDAY, 5, "600"),
        sell(WEDNESDAY, 8, "800"),
        buy(WEDNESDAY, 5, "500"),
    ]
    transactions_record(portfolio=portfolio, parsed=rows, source="csv")
    book_derive(household_id=portfolio.household_id)
    return Transaction.objects.get(kind="sell")


def lots_of(sale: Transaction) -> tuple[UUID, UUID]:
    monday, tuesday = sale_lots(sale, IN_TIME).lots
    return monday.lot_id, tuesday.lot_id


def choose(sale: Transaction, *choices: tuple[UUID, str], now: datetime = IN_TIME) -> LotSelection:
    named = [LotChoice(lot_id=lot, quantity=Decimal(quantity)) for lot, quantity in choices]
    return lot_selection_record(sale=sale, choices=named, now=now, actor_id=sale.portfolio.holder.user_id)


def test_the_lots_open_at_the_sale_are_offered_and_none_bought_later(sale: Transaction) -> None:
    found = sale_lots(sale, IN_TIME)

    assert [seen(lot.acquired, lot.quantity, lot.basis, lot.is_long) for lot in found.lots] == [
        (MONDAY, 6, 600, False),
        (TUESDAY, 5, 600, False),
    ]
    assert [lot.basis_per_share for lot in found.lots] == [100, 120]
    assert seen(found.sold, found.deadline, found.refusal, dict(found.chosen)) == (
        8,
        date(2026, 3, 5),
        "",
        {},
    )


def test_a_choice_is_kept_with_who_made_it_and_the_book_is_told(sale: Transaction) -> None:
    monday, tuesday = lots_of(sale)

    kept = choose(sale, (monday, "3"), (tuesday, "5"))

    assert kept.lots == [
        {"lot_id": str(monday), "quantity": "3"},
        {"lot_id": str(tuesday), "quantity": "5"},
    ]
    assert kept.chosen_by_id == sale.portfolio.holder.user_id
    assert dict(sale_lots(sale, IN_TIME).chosen) == {monday: 3, tuesday: 5}
    assert AuditEvent.objects.filter(action="transaction.choose_lots", object_id=sale.pk).count() == 1


def test_the_same_choice_again_changes_nothing_and_another_follows_it(sale: Transaction) -> None:
    monday, tuesday = lots_of(sale)

    first = choose(sale, (monday, "3"), (tuesday, "5"))
    again = choose(sale, (tuesday, "5.00"), (monday, "3"))
    other = choose(sale, (monday, "6"), (tuesday, "2"))
    none = choose(sale)

    assert first.pk == again.pk
    assert [row.pk for row in LotSelection.objects.order_by("id")] == [first.pk, other.pk, none.pk]
    assert dict(sale_lots(sale, IN_TIME).chosen) == {}


def test_a_choice_that_cannot_be_is_refused_whole(sale: Transaction) -> None:
    monday, _ = lots_of(sale)

    with pytest.raises(InvalidInput) as caught:
        choose(sale, (monday, "7"), (uuid4(), "1"))

    assert len(caught.value.fields["lots"]) == 2
    assert caught.value.fields["lots"][0] == "The lot of 2 Mar 2026 held 6 shares then, not 7."
    assert caught.value.detail == "Nothing was changed in “Ann, Taxable”: 2 things to mend."
    assert not LotSelection.objects.exists()


def test_after_the_settlement_the_lots_stay(sale: Transaction) -> None:
    monday, tuesday = lots_of(sale)
    choose(sale, (monday, "3"), (tuesday, "5"))

    with pytest.raises(Conflict, match=r"settled on 5 Mar 2026.*1\.1012-1\(c\)\(8\)"):
        choose(sale, (monday, "6"), (tuesday, "2"), now=TOO_LATE)

    assert dict(sale_lots(sale, TOO_LATE).chosen) == {monday: 3, tuesday: 5}


def test_a_sale_that_was_taken_back_and_what_is_no_sale_take_no_lots(sale: Transaction) -> None:
    purchase = Transaction.objects.filter(kind="buy").first()
    assert purchase is not None
    transaction_reverse(transaction=sale, reason="Mistyped", actor_id=None)

    assert sale_lots(sale, IN_TIME).refusal == "This sale was taken back, so it takes no lots."
    assert sale_lots(purchase, IN_TIME).lots == ()
    with pytest.raises(Conflict):
        choose(purchase)


def test_a_sale_that_opens_a_short_position_takes_no_lots() -> None:
    portfolio: Portfolio = PortfolioFactory()
    short = sell(MONDAY, 5, "500", position_effect=PositionEffect.OPEN)
    transactions_record(portfolio=portfolio, parsed=[short], source="csv")

    assert not takes_lots(Transaction.objects.get())


def test_a_kept_choice_is_never_changed(sale: Transaction) -> None:
    monday, tuesday = lots_of(sale)
    kept = choose(sale, (monday, "3"), (tuesday, "5"))

    for attempt in (kept.save, kept.delete, LotSelection.objects.all().delete):
        with pytest.raises(Conflict):
            attempt()
    with pytest.raises(Conflict):
        LotSelection.objects.all().update(lots=[])
