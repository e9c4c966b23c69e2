"""Purchases, sales, short positions and opening positions."""

import gc
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from common.identifiers import derived_uuid
from portfolios.engine.book import derive_book
from portfolios.engine.records import (
    FindingKind,
    LotOrigin,
    PositionEffect,
    Term,
    TransactionKind,
    TransactionRecord,
)
from tests.portfolios.engine.ledger_rows import (
    ACME,
    AWAY,
    EUROPE,
    HOME,
    PORTFOLIOS,
    book,
    buy,
    disposal_id,
    gains,
    kinds,
    moves,
    open_lots,
    row,
    seen,
    sell,
    shown,
)

OPEN, CLOSE = PositionEffect.OPEN, PositionEffect.CLOSE


def test_a_purchase_opens_a_lot_at_its_cost_with_fees() -> None:
    bought = buy("2024-01-02", "10", "101.50", fees="1.50")
    (lot,) = book([bought]).lots
    assert lot.id == derived_uuid(bought.id, "lot")
    assert seen(lot.portfolio_id, lot.instrument_id, lot.transaction_id) == (HOME, ACME, bought.id)
    assert lot.origin is LotOrigin.BUY
    assert seen(lot.quantity, lot.cost, lot.basis, lot.cost_base) == (
        Decimal(10),
        Decimal("101.5"),
        Decimal("101.5"),
        Decimal("101.5"),
    )
    assert str(lot.cost) == "101.50000000"


def test_a_reinvestment_opens_a_lot_of_its_own_kind() -> None:
    (lot,) = book([row(TransactionKind.REINVEST, "2024-01-02", quantity="0.5", amount="-20")]).lots
    assert seen(lot.origin, lot.basis) == (LotOrigin.REINVEST, Decimal(20))


def test_a_sale_takes_the_earliest_lots_first_and_splits_its_proceeds_by_quantity() -> None:
    found = book(
        [
            buy("2023-01-02", "10", "100"),
            buy("2024-01-02", "10", "200"),
            sold := sell("2024-06-03", "15", "300"),
        ]
    )
    first, second = found.disposals
    assert seen(first.quantity, first.proceeds, first.basis, first.gain) == (10, 200, 100, 100)
    assert seen(second.quantity, second.proceeds, second.basis, second.gain) == (5, 100, 100, 0)
    assert seen(first.term, second.term) == (Term.LONG, Term.SHORT)
    assert seen(first.id, second.id) == (
        disposal_id(sold, 0),
        disposal_id(sold, 2),
    )
    assert open_lots(found) == [("5", "100", "2024-01-02", "2024-01-02")]
    (holding,) = found.holdings
    assert seen(holding.quantity, holding.basis, holding.basis_base, holding.lot_count) == (5, 100, 100, 1)
    assert holding.id == derived_uuid(HOME, f"holding:{ACME}")


def test_cost_that_does_not_divide_is_conserved_to_the_last_unit() -> None:
    found = book(
        [
            buy("2023-01-02", "3", "100"),
            *(sell(f"2023-02-0{day}", "1", "40") for day in (1, 2, 3)),
        ]
    )
    assert [piece.basis for piece in found.disposals] == [
        Decimal("33.33333333"),
        Decimal("33.33333334"),
        Decimal("33.33333333"),
    ]
    assert seen(found.lots, found.holdings) == ((), ())


def test_accounts_do_not_share_lots() -> None:
    found = book([buy("2024-01-02", "10", "100", portfolio_id=AWAY), sell("2024-01-03", "1", "10")])
    assert gains(found) == [("1", None, "unknown")]
    assert open_lots(found) == [("10", "100", "2024-01-02", "2024-01-02")]


def test_a_sale_beyond_what_is_held_is_a_finding_and_never_a_negative_position() -> None:
    found = book([buy("2024-01-02", "10", "100"), sell("2024-06-03", "15", "150")])
    assert gains(found) == [("10", "0", "short"), ("5", None, "unknown")]
    rest = found.disposals[1]
    assert seen(rest.lot_id, rest.basis, rest.proceeds) == (None, None, Decimal(50))
    assert moves(found) == [("2024-01-02", "10"), ("2024-06-03", "-10")]
    assert found.holdings == ()
    (finding,) = found.findings
    assert finding.kind is FindingKind.OVERSOLD
    assert finding.detail == (
        "Sells 15 where 10 were held on 3 Jun 2024: 5 more than the book knows of, so the gain on them is "
        "not known."
    )


def test_a_sale_that_opens_goes_short() -> None:
    found = book([sell("2024-01-02", "10", "100", position_effect=OPEN)])
    (lot,) = found.lots
    assert seen(lot.quantity, lot.cost, lot.origin) == (-10, 100, LotOrigin.SHORT)
    (holding,) = found.holdings
    assert seen(holding.quantity, holding.basis) == (-10, -100)
    assert moves(found) == [("2024-01-02", "-10")]


def test_a_purchase_covers_a_short_position_before_it_opens_a_long_one() -> None:
    found = book(
        [
            sell("2022-01-03", "10", "100", position_effect=OPEN),
            buy("2024-01-02", "15", "120"),
        ]
    )
    (piece,) = found.disposals
    assert seen(piece.proceeds, piece.basis, piece.gain) == (100, 80, 20)
    assert seen(str(piece.acquired), str(piece.disposed)) == ("2022-01-03", "2024-01-02")
    assert seen(piece.is_short_sale, piece.term) == (True, Term.SHORT)
    assert open_lots(found) == [("5", "40", "2024-01-02", "2024-01-02")]
    assert moves(found) == [("2022-01-03", "-10"), ("2024-01-02", "15")]


def test_a_purchase_that_only_closes_never_opens_a_lot() -> None:
    found = book(
        [
            sell("2024-01-02", "10", "100", position_effect=OPEN),
            buy("2024-01-03", "15", "120", position_effect=CLOSE),
        ]
    )
    assert gains(found) == [("10", "20", "short"), ("5", None, "short")]
    rest = found.disposals[1]
    assert seen(rest.proceeds, rest.basis, rest.proceeds_base, rest.basis_base) == (0, None, None, 40)
    assert found.lots == ()
    assert moves(found) == [("2024-01-02", "-10"), ("2024-01-03", "10")]
    (finding,) = found.findings
    assert finding.detail.startswith("Buys 15 to close where 10 were short on 3 Jan 2024: 5 more")


def test_a_sale_that_closes_and_opens_flips_the_position() -> None:
    found = book([buy("2024-01-02", "10", "100"), sell("2024-01-03", "25", "275", position_effect=OPEN)])
    assert gains(found) == [("10", "10", "short")]
    assert open_lots(found) == [("-15", "165", "2024-01-03", "2024-01-03")]
    assert moves(found) == [("2024-01-02", "10"), ("2024-01-03", "-25")]


@pytest.mark.parametrize(
    "wrong",
    [
        row(TransactionKind.BUY, "2024-01-02", quantity="-1"),
        row(TransactionKind.REINVEST, "2024-01-02", quantity="0"),
        row(TransactionKind.SELL, "2024-01-02", quantity="1"),
        row(TransactionKind.OPENING, "2024-01-02", quantity="0"),
        row(TransactionKind.TRANSFER_IN, "2024-01-02", quantity="0", transfer_id=UUID(int=1)),
        row(TransactionKind.TRANSFER_OUT, "2024-01-02", quantity="0", transfer_id=UUID(int=1)),
        row(TransactionKind.BUY, "2024-01-02", quantity="1", instrument_id=None),
    ],
)
def test_a_row_that_makes_no_sense_is_left_out_with_a_finding(wrong: object) -> None:
    found = book([wrong])  # type: ignore[list-item]
    assert kinds(found) == [FindingKind.ROW_UNUSABLE]
    assert found.findings[0].detail.startswith("Left out of the book: ")
    assert seen(found.lots, found.movements, found.disposals) == ((), (), ())


def test_rows_that_only_move_cash_do_nothing_here() -> None:
    found = book(
        [
            row(TransactionKind.DIVIDEND, "2024-01-02", amount="10"),
            row(TransactionKind.DEPOSIT, "2024-01-02", amount="10", instrument_id=None, currency="EUR"),
        ]
    )
    assert found == book([])


def test_an_unknown_portfolio_is_a_bug_and_says_so() -> None:
    with pytest.raises(KeyError):
        derive_book([buy("2024-01-02", "1", "1", portfolio_id=UUID(int=5))], PORTFOLIOS)


def test_an_opening_position_brings_its_own_cost_and_day() -> None:
    found = book(
        [
            buy("2023-06-01", "5", "60"),
            row(
                TransactionKind.OPENING,
                "2023-01-01",
                quantity="10",
                cost="100",
                acquired=buy("2020-05-04", "1", "1").trade_date,
            ),
            sell("2023-07-03", "10", "150"),
        ]
    )
    assert gains(found) == [("10", "50", "long")]
    assert found.findings == ()
    assert moves(found)[0] == ("2023-01-01", "10")


def test_an_opening_position_of_unknown_cost_never_counts_as_profit() -> None:
    found = book(
        [
            row(TransactionKind.OPENING, "2023-01-01", quantity="10"),
            buy("2022-06-01", "5", "60"),
            sell("2023-07-03", "12", "120"),
        ]
    )
    # Of unknown day: the oldest, so it goes first.
    assert gains(found) == [("10", None, "unknown"), ("2", "-4", "long")]
    assert kinds(found) == [FindingKind.BASIS_UNKNOWN, FindingKind.ACQUIRED_UNKNOWN]
    assert found.disposals[0].lot_id is not None


def test_a_holding_with_an_unknown_lot_has_no_basis() -> None:
    found = book([row(TransactionKind.OPENING, "2023-01-01", quantity="10"), buy("2023-06-01", "5", "60")])
    (holding,) = found.holdings
    assert seen(holding.quantity, holding.basis, holding.basis_base, holding.lot_count) == (15, None, None, 2)


def test_a_short_opening_position_carries_its_proceeds() -> None:
    found = book(
        [
            row(
                TransactionKind.OPENING,
                "2023-01-01",
                quantity="-10",
                cost="100",
                acquired=buy("2022-05-04", "1", "1").trade_date,
            ),
            buy("2023-07-03", "4", "30"),
        ]
    )
    assert gains(found) == [("4", "10", "short")]
    assert open_lots(found) == [("-6", "60", "2022-05-04", "2022-05-04")]


def test_amounts_are_converted_at_the_rate_of_the_trade_day() -> None:
    found = book(
        [
            buy("2024-01-02", "10", "100", portfolio_id=EUROPE, fx_rate="0.9"),
            sell("2024-02-01", "4", "60", portfolio_id=EUROPE, fx_rate="0.95"),
        ]
    )
    (piece,) = found.disposals
    assert seen(piece.gain, piece.proceeds_base, piece.basis_base, piece.gain_base) == (20, 57, 36, 21)
    (lot,) = found.lots
    assert seen(lot.cost, lot.cost_base, lot.basis, lot.basis_base) == (60, 54, 60, 54)


def test_a_rate_that_is_not_known_leaves_the_base_amounts_open_and_is_said_once_per_row() -> None:
    found = book(
        [
            buy("2024-01-02", "10", "100", portfolio_id=EUROPE),
            buy("2024-01-03", "10", "100", portfolio_id=EUROPE, fx_rate="0.9"),
            sell("2024-02-01", "15", "240", portfolio_id=EUROPE),
        ]
    )
    assert [seen(piece.gain, piece.proceeds_base, piece.basis_base) for piece in found.disposals] == [
        (60, None, None),
        (30, None, 45),
    ]
    assert found.disposals[1].gain_base is None
    assert kinds(found) == [FindingKind.RATE_MISSING, FindingKind.RATE_MISSING]
    assert found.findings[0].detail == (
        "No rate from USD to EUR is known for 2 Jan 2024: amounts in EUR are left open."
    )


def test_nothing_needs_no_rate() -> None:
    found = book([buy("2024-01-02", "10", "0", portfolio_id=EUROPE)])
    assert found.findings == ()
    assert found.lots[0].cost_base == 0


def test_what_was_bought_in_one_currency_and_sold_in_another_has_a_gain_in_the_base_only() -> None:
    found = book(
        [
            buy("2024-01-02", "10", "100"),
            sell("2024-02-01", "10", "120", currency="EUR", fx_rate="1.1"),
        ]
    )
    (piece,) = found.disposals
    assert seen(piece.currency, piece.gain, piece.gain_base) == ("EUR", None, 32)
    assert kinds(found) == [FindingKind.BASIS_UNKNOWN]


def test_a_short_position_covered_in_another_currency_shows_no_proceeds() -> None:
    found = book(
        [
            sell("2024-01-02", "10", "100", position_effect=OPEN),
            buy("2024-02-01", "10", "80", currency="EUR", fx_rate="1.1"),
        ]
    )
    (piece,) = found.disposals
    assert seen(piece.proceeds, piece.basis, piece.proceeds_base, piece.basis_base) == (0, None, 100, 88)


def test_lots_in_two_currencies_have_a_common_basis_in_the_base_currency_only() -> None:
    found = book(
        [buy("2024-01-02", "10", "100"), buy("2024-01-03", "10", "100", currency="EUR", fx_rate="1.1")]
    )
    (holding,) = found.holdings
    assert seen(holding.currency, holding.basis, shown(holding.basis_base)) == ("EUR", None, "210")


def test_parts_are_ordered_by_portfolio_and_instrument_whatever_came_first() -> None:
    rows = [
        buy("2024-01-02", "1", "1", portfolio_id=AWAY),
        buy("2024-01-03", "1", "1", instrument_id=UUID(int=0xB9)),
        buy("2024-01-04", "1", "1"),
    ]
    found = book(rows)
    assert [lot.transaction_id for lot in found.lots] == [rows[2].id, rows[1].id, rows[0].id]
    assert [holding.portfolio_id for holding in found.holdings] == [HOME, HOME, AWAY]
    assert [movement.portfolio_id for movement in found.movements] == [HOME, HOME, AWAY]


def test_a_day_that_ends_where_it_began_is_no_movement() -> None:
    found = book([buy("2024-01-02", "1", "1"), sell("2024-01-02", "1", "2")])
    assert found.movements == ()
    assert gains(found) == [("1", "1", "short")]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    try:
        book([buy("2024-01-02", "1", "1")])
        assert gc.isenabled() is enabled
    finally:
        gc.enable()


# Gifts and inheritances.


def given(price: str | None = "8", cost: str | None = "100", **facts: Any) -> TransactionRecord:
    """Ten shares given on 2 May 2024, bought by the donor on 3 January 2022 for 100, worth 8 each."""
    known = {"acquired": date(2022, 1, 3)} | facts
    return row(TransactionKind.GIFT, "2024-05-02", quantity="10", price=price, cost=cost, **known)


@pytest.mark.parametrize(
    ("proceeds", "basis", "gain", "holding_date"),
    [
        ("120", 100, 20, date(2022, 1, 3)),
        ("100", 100, 0, date(2022, 1, 3)),
        ("90", 90, 0, date(2022, 1, 3)),
        ("80", 80, 0, date(2022, 1, 3)),
        ("70", 80, -10, date(2024, 5, 2)),
    ],
)
def test_a_gift_worth_less_than_the_donor_paid_has_two_bases(
    proceeds: str, basis: int, gain: int, holding_date: date
) -> None:
    found = book([given(), sell("2024-06-03", "10", proceeds)])
    (piece,) = found.disposals
    assert seen(piece.basis, piece.basis_base, piece.gain) == (basis, basis, gain)
    assert seen(piece.holding_date, piece.origin) == (holding_date, LotOrigin.GIFT)
    assert found.findings == ()


def test_a_gift_worth_more_than_the_donor_paid_has_the_donors_basis_for_a_loss_too() -> None:
    found = book([given(price="10"), sell("2024-06-03", "10", "70")])
    assert gains(found) == [("10", "-30", "long")]
    assert book([given(price="10")]).lots[0].loss_basis_base is None
    assert book([given(price="9.99")]).lots[0].loss_basis_base == Decimal("99.9")


def test_a_part_of_a_gift_takes_its_part_of_both_bases() -> None:
    found = book([given(), sell("2024-06-03", "4", "28")])
    assert gains(found) == [("4", "-4", "short")]
    (lot,) = found.lots
    assert seen(lot.quantity, lot.basis, lot.loss_basis_base) == (6, 60, 48)


def test_a_gift_in_another_currency_has_its_loss_basis_in_the_base_currency_alone() -> None:
    euros = {"currency": "EUR", "fx_rate": "1.1"}
    found = book([given(**euros), sell("2024-06-03", "10", "60", **euros)])
    (piece,) = found.disposals
    assert seen(piece.basis, piece.basis_base, piece.proceeds_base) == (None, 88, 66)


@pytest.mark.parametrize(("price", "cost"), [(None, "100"), ("8", None)])
def test_a_gift_without_the_donors_basis_or_the_value_has_an_unknown_gain(
    price: str | None, cost: str | None
) -> None:
    found = book([given(price=price, cost=cost), sell("2024-06-03", "10", "70")])
    assert gains(found) == [("10", None, "long")]
    (finding,) = found.findings
    assert seen(finding.kind, finding.detail) == (
        FindingKind.BASIS_UNKNOWN,
        (
            "A gift of 10 needs the donor's basis and the market value on that day: without both the gain is "
            "not known."
        ),
    )


def test_a_gift_without_a_rate_has_no_second_basis() -> None:
    found = book([given(currency="EUR")])
    assert kinds(found) == [FindingKind.RATE_MISSING]
    assert seen(found.lots[0].basis, found.lots[0].basis_base, found.lots[0].loss_basis_base) == (
        100,
        None,
        None,
    )


def test_what_was_inherited_is_long_term_from_the_start_at_its_value_at_death() -> None:
    left = row(TransactionKind.INHERITANCE, "2024-05-02", quantity="10", cost="100")
    found = book([left, sell("2024-05-03", "4", "60")])
    assert gains(found) == [("4", "20", "long")]
    assert open_lots(found) == [("6", "60", "2024-05-02", "2024-05-02")]
    dated = row(
        TransactionKind.INHERITANCE, "2024-05-02", quantity="10", cost="100", acquired=date(2024, 2, 1)
    )
    assert open_lots(book([dated])) == [("10", "100", "2024-02-01", "2024-02-01")]


def test_an_inheritance_of_unknown_value_has_an_unknown_gain() -> None:
    found = book([row(TransactionKind.INHERITANCE, "2024-05-02", quantity="10")])
    (finding,) = found.findings
    assert seen(finding.kind, finding.detail) == (
        FindingKind.BASIS_UNKNOWN,
        "The market value at death of 10 is not known, nor the gain.",
    )
    assert open_lots(found) == [("10", "?", "2024-05-02", "2024-05-02")]


@pytest.mark.parametrize(
    ("kind", "quantity", "reason"),
    [
        (TransactionKind.GIFT, "-1", "a gift needs a positive quantity"),
        (TransactionKind.INHERITANCE, "0", "an inheritance needs a positive quantity"),
        (TransactionKind.DELIVERY, "1", "a delivery needs a negative quantity"),
    ],
)
def test_a_row_of_the_wrong_sign_is_left_out(kind: TransactionKind, quantity: str, reason: str) -> None:
    found = book([row(kind, "2024-05-02", quantity=quantity)])
    (finding,) = found.findings
    assert seen(finding.kind, finding.detail) == (
        FindingKind.ROW_UNUSABLE,
        f"Left out of the book: {reason}.",
    )
    assert found.lots == ()


# Deliveries: a short position closed with shares that came in another way.


def boxed(quantity: str) -> list[TransactionRecord]:
    """Ten sold short in two lots for 60 and 40, ten held from before in two lots, and a delivery."""
    before = {"cost": "25", "acquired": date(2022, 5, 2)}
    return [
        sell("2024-05-02", "6", "60", position_effect=OPEN),
        sell("2024-05-03", "4", "40", position_effect=OPEN),
        row(TransactionKind.OPENING, "2024-05-06", quantity="5", **before),
        row(TransactionKind.OPENING, "2024-05-07", quantity="5", **before | {"acquired": date(2024, 5, 4)}),
        row(TransactionKind.DELIVERY, "2025-06-02", quantity=quantity),
    ]


def test_a_delivery_closes_both_sides_for_the_proceeds_of_the_short_sale() -> None:
    rows = boxed("-10")
    found = book(rows)
    assert gains(found) == [("5", "25", "long"), ("1", "5", "short"), ("4", "20", "short")]
    assert [piece.id for piece in found.disposals] == [
        disposal_id(rows[-1], 2 * number) for number in range(3)
    ]
    assert [piece.disposed.isoformat() for piece in found.disposals] == ["2025-06-02"] * 3
    assert [piece.is_short_sale for piece in found.disposals] == [False] * 3
    assert seen(found.lots, found.holdings, found.findings) == ((), (), ())


def test_a_delivery_of_more_than_is_held_on_both_sides_is_a_finding() -> None:
    found = book(boxed("-12"))
    (finding,) = found.findings
    assert seen(finding.kind, finding.detail) == (
        FindingKind.OVERSOLD,
        (
            "Delivers 12 where 10 were held both long and short on 2 Jun 2025: 2 more than the book knows "
            "of, so the gain on them is not known."
        ),
    )
    assert sum(piece.quantity for piece in found.disposals) == 10


def test_a_delivery_where_nothing_is_short_does_nothing() -> None:
    found = book([buy("2024-05-02", "5", "50"), row(TransactionKind.DELIVERY, "2024-06-03", quantity="-5")])
    assert kinds(found) == [FindingKind.OVERSOLD]
    assert seen(found.disposals, open_lots(found)) == ((), [("5", "50", "2024-05-02", "2024-05-02")])
