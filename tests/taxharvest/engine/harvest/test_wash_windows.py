"""Windows of the wash-sale rule: when identical instruments must not be bought, or sold at a loss."""

from datetime import date
from uuid import UUID

import pytest

from portfolios.engine.records import TransactionKind
from taxharvest.engine.harvest.wash_windows import WindowCause, WindowKind, blocking, windows
from tests.portfolios.engine.ledger_rows import ACME, AWAY, BETA, HOME, buy, row, seen, sell
from tests.taxharvest.engine.harvest.guarded_ledger import (
    CALL,
    CALLS,
    CHILD,
    OLD,
    TODAY,
    TWINS,
    ledger,
    trade,
)
from trading.engine.tax_looks import TrapKind

FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)


def test_a_loss_closes_purchases_until_the_thirtieth_day() -> None:
    loss = sell("2026-11-20", "10", "100")

    (found,) = windows(ledger(OLD, loss, rules=TWINS), [], FIRST, LAST)

    assert (found.kind, found.cause, found.transaction_id) == (
        WindowKind.NO_BUY,
        WindowCause.SOLD,
        loss.id,
    )
    assert (found.begins, found.ends, found.free_on) == (
        date(2026, 11, 20),
        date(2026, 12, 20),
        date(2026, 12, 21),
    )
    assert seen(found.shares, found.at_stake) == (10, 40)
    assert set(found.instruments) == {ACME, BETA}


def test_calls_are_not_to_be_bought_either() -> None:
    (found,) = windows(ledger(OLD, sell("2026-11-20", "10", "100"), rules=CALLS), [], FIRST, LAST)

    assert set(blocking([found], date(2026, 12, 20))) == {ACME, CALL}
    assert blocking([found], date(2026, 12, 21)) == {}


def test_a_loss_that_was_washed_whole_closes_nothing() -> None:
    washed = ledger(OLD, sell("2026-11-20", "10", "100"), buy("2026-11-22", "10", "100"))

    assert windows(washed, [], FIRST, LAST) == ()


def test_a_purchase_closes_sales_at_a_loss_of_what_else_is_held() -> None:
    fresh = buy("2026-11-20", "4", "40", portfolio_id=AWAY)

    (found,) = windows(ledger(OLD, fresh), [], date(2026, 12, 1), LAST)

    assert (found.kind, found.cause, found.transaction_id) == (
        WindowKind.NO_LOSS_SALE,
        WindowCause.BOUGHT,
        fresh.id,
    )
    assert (found.begins, found.ends) == (date(2026, 11, 20), date(2026, 12, 20))
    assert found.shares == 4
    assert blocking([found], date(2026, 12, 1)) == {}


def test_the_only_purchase_there_is_closes_nothing() -> None:
    assert windows(ledger(buy("2026-11-20", "4", "40")), [], FIRST, LAST) == ()


def test_a_planned_purchase_closes_sales_on_both_sides_of_its_day() -> None:
    day = date(2026, 12, 10)
    plan = trade("2", TrapKind.RECURRING, pace="monthly", first=day, last=day)

    (found,) = windows(ledger(OLD), [plan], FIRST, LAST)

    assert (found.kind, found.cause) == (WindowKind.NO_LOSS_SALE, WindowCause.PLANNED)
    assert (found.begins, found.ends) == (date(2026, 11, 10), date(2027, 1, 9))


def test_an_open_sale_closes_purchases_from_today() -> None:
    (found,) = windows(ledger(OLD), [trade("-10", portfolio_id=HOME, last=None)], FIRST, LAST)

    assert (found.kind, found.cause, found.begins) == (WindowKind.NO_BUY, WindowCause.WAITING, TODAY)
    assert set(blocking([found], TODAY)) == {ACME}


def test_windows_outside_the_days_asked_for_are_left_out() -> None:
    before = ledger(OLD, sell("2026-11-20", "10", "100"))

    assert windows(before, [], date(2026, 12, 21), LAST) == ()
    assert windows(before, [], date(2026, 11, 1), date(2026, 11, 19)) == ()


def test_of_several_windows_the_one_that_ends_last_blocks() -> None:
    early, late = sell("2026-11-10", "4", "40"), sell("2026-11-20", "6", "60")

    found = windows(ledger(OLD, early, late), [], FIRST, LAST)

    assert blocking(found, TODAY)[ACME].transaction_id == late.id
    assert blocking(reversed(found), TODAY)[ACME].transaction_id == late.id


@pytest.mark.parametrize("kind", [TransactionKind.GIFT, TransactionKind.INHERITANCE])
def test_shares_that_nobody_bought_close_nothing(kind: TransactionKind) -> None:
    """IRC 1091(a) asks for a purchase or a taxable exchange."""
    day = date(2026, 11, 20)
    came = row(kind, "2026-11-20", quantity="4", cost="40", acquired=day, portfolio_id=AWAY)

    assert windows(ledger(OLD, came), [], FIRST, LAST) == ()


@pytest.mark.parametrize("kind", [TransactionKind.OPENING, TransactionKind.TRANSFER_IN])
def test_shares_held_from_before_the_book_close_sales_from_the_day_they_were_acquired(
    kind: TransactionKind,
) -> None:
    """Acquired on 20 November, told on the 24th: the book washes a loss on 4 shares by them, 16 of it."""
    day = date(2026, 11, 20)
    came = row(kind, "2026-11-24", quantity="4", cost="40", acquired=day, portfolio_id=AWAY)

    (found,) = windows(ledger(OLD, came), [], FIRST, LAST)

    assert (found.kind, found.cause, found.transaction_id) == (
        WindowKind.NO_LOSS_SALE,
        WindowCause.BOUGHT,
        came.id,
    )
    assert seen(found.begins, found.ends, found.shares) == (day, date(2026, 12, 20), 4)
    (wash,) = ledger(OLD, came, sell("2026-12-20", "4", "40")).book.washes
    assert seen(wash.replacement_id, wash.disallowed_base) == (came.id, 16)


def test_shares_of_an_opening_balance_of_unknown_day_close_nothing() -> None:
    opening = row(TransactionKind.OPENING, "2026-11-24", quantity="4", cost="40", portfolio_id=AWAY)

    assert windows(ledger(OLD, opening), [], FIRST, LAST) == ()


def test_what_replaced_already_closes_no_further_sale() -> None:
    """Of 10 bought elsewhere 4 replaced what was sold: 6 more shares could be."""
    before = ledger(
        OLD, fresh := buy("2026-11-20", "10", "100", portfolio_id=AWAY), sell("2026-11-24", "4", "40")
    )

    (found,) = windows(before, [], FIRST, LAST)

    assert seen(found.transaction_id, found.shares) == (fresh.id, 6)


def test_a_purchase_that_moved_to_another_account_closes_sales_as_before() -> None:
    """Of 10 bought elsewhere 4 replaced what was sold, then all of them moved: 6 more shares could."""
    move = {"transfer_id": UUID(int=0xC1)}
    before = ledger(
        OLD,
        buy("2026-11-20", "10", "100", portfolio_id=AWAY),
        sell("2026-11-24", "4", "40"),
        row(TransactionKind.TRANSFER_OUT, "2026-11-25", quantity="-10", portfolio_id=AWAY, **move),
        arrived := row(TransactionKind.TRANSFER_IN, "2026-11-25", quantity="10", **move),
    )

    (found,) = windows(before, [], FIRST, LAST)

    assert seen(found.transaction_id, found.shares) == (arrived.id, 6)
    assert (found.portfolio_id, found.begins, found.ends) == (HOME, date(2026, 11, 20), date(2026, 12, 20))


def test_a_planned_purchase_beside_which_nothing_is_held_closes_nothing() -> None:
    plan = trade("2", TrapKind.RECURRING, pace="monthly")

    assert windows(ledger(), [plan], FIRST, LAST) == ()
    # What a child holds is on another return.
    child = buy("2026-01-05", "10", "140", portfolio_id=CHILD)
    assert windows(ledger(child), [plan], FIRST, LAST) == ()
