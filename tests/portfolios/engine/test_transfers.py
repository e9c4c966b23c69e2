"""Transfers in kind between accounts, and to and from the outside."""

from datetime import date
from typing import Any
from uuid import UUID

from common.identifiers import derived_uuid
from portfolios.engine.records import (
    FindingKind,
    LotOrigin,
    PositionEffect,
    TransactionKind,
    TransactionRecord,
)
from tests.portfolios.engine.ledger_rows import (
    AWAY,
    EUROPE,
    HOME,
    book,
    buy,
    gains,
    kinds,
    moves,
    open_lots,
    row,
    seen,
    sell,
)

MOVE = UUID(int=0xC1)


def leaves(day: str, quantity: str, **facts: Any) -> TransactionRecord:
    """The leg that leaves HOME."""
    return row(TransactionKind.TRANSFER_OUT, day, **{"quantity": quantity, "transfer_id": MOVE, **facts})


def arrives(day: str, quantity: str, **facts: Any) -> TransactionRecord:
    """The leg that arrives at AWAY."""
    values = {"quantity": quantity, "transfer_id": MOVE, "portfolio_id": AWAY, **facts}
    return row(TransactionKind.TRANSFER_IN, day, **values)


def test_a_transfer_moves_the_earliest_lots_with_cost_and_dates() -> None:
    found = book(
        [
            buy("2020-05-01", "60", "3000"),
            buy("2024-05-01", "40", "4000"),
            leaves("2024-06-03", "-80"),
            arrived := arrives("2024-06-05", "80"),
            sell("2024-07-01", "60", "3600", portfolio_id=AWAY),
        ]
    )
    assert gains(found) == [("60", "600", "long")]
    assert open_lots(found) == [
        ("20", "2000", "2024-05-01", "2024-05-01"),
        ("20", "2000", "2024-05-01", "2024-05-01"),
    ]
    lot = found.lots[1]
    assert seen(lot.portfolio_id, lot.origin, lot.transaction_id) == (AWAY, LotOrigin.TRANSFER, arrived.id)
    assert found.disposals[0].lot_id == derived_uuid(arrived.id, "lot-0")
    assert moves(found)[-1] == ("2024-06-03", "-80")
    assert moves(found, AWAY) == [("2024-06-05", "80"), ("2024-07-01", "-60")]
    assert found.findings == ()


def test_a_lot_that_arrives_late_still_takes_its_place_by_acquisition() -> None:
    found = book(
        [
            buy("2020-05-01", "10", "100"),
            buy("2021-05-01", "10", "200", portfolio_id=AWAY),
            leaves("2024-06-03", "-10"),
            arrives("2024-06-03", "10"),
            sell("2024-07-01", "10", "300", portfolio_id=AWAY),
        ]
    )
    assert gains(found) == [("10", "200", "long")]
    assert open_lots(found) == [("10", "200", "2021-05-01", "2021-05-01")]


def test_a_leg_that_arrives_before_the_other_takes_the_lots_at_once() -> None:
    found = book(
        [
            buy("2020-05-01", "10", "100"),
            arrives("2024-06-01", "10"),
            sell("2024-06-02", "10", "300", portfolio_id=AWAY),
            leaves("2024-06-03", "-10"),
        ]
    )
    assert gains(found) == [("10", "200", "long")]
    assert seen(found.findings, found.lots) == ((), ())
    assert moves(found) == [("2020-05-01", "10"), ("2024-06-03", "-10")]
    assert moves(found, AWAY) == [("2024-06-01", "10"), ("2024-06-02", "-10")]


def test_a_leg_that_arrives_before_the_sender_holds_enough_waits_for_the_other() -> None:
    found = book(
        [
            buy("2020-05-01", "5", "50"),
            arrives("2024-06-01", "10"),
            buy("2024-06-02", "5", "75"),
            leaves("2024-06-03", "-10"),
        ]
    )
    assert [seen(lot.portfolio_id, lot.quantity, lot.basis) for lot in found.lots] == [
        (AWAY, 5, 50),
        (AWAY, 5, 75),
    ]
    assert found.findings == ()
    assert moves(found, AWAY) == [("2024-06-01", "10")]


def test_legs_that_wait_are_served_in_the_order_in_which_they_arrived() -> None:
    found = book(
        [
            first := arrives("2024-06-03", "10"),
            buy("2024-06-04", "10", "500"),
            second := arrives("2024-06-05", "10"),
            leaves("2024-08-01", "-10"),
        ]
    )
    lots = {lot.transaction_id: lot for lot in found.lots}
    assert seen(lots[first.id].acquired, lots[first.id].cost) == (date(2024, 6, 4), 500)
    assert seen(lots[second.id].acquired, lots[second.id].cost) == (None, None)
    assert kinds(found) == [
        FindingKind.TRANSFER_UNMATCHED,
        FindingKind.BASIS_UNKNOWN,
        FindingKind.ACQUIRED_UNKNOWN,
    ]
    assert moves(found, AWAY) == [("2024-06-03", "10"), ("2024-06-05", "10")]


def test_a_leg_that_waits_is_not_served_from_outside_while_another_half_is_still_to_leave() -> None:
    found = book(
        [
            first := arrives("2024-06-03", "10"),
            second := arrives("2024-06-03", "5"),
            buy("2024-06-04", "10", "500"),
            leaves("2024-06-05", "-10"),
            buy("2024-06-06", "5", "300"),
            leaves("2024-06-07", "-5"),
        ]
    )
    lots = {lot.transaction_id: lot for lot in found.lots}
    assert seen(lots[first.id].quantity, lots[first.id].cost) == (10, 500)
    assert seen(lots[second.id].quantity, lots[second.id].cost) == (5, 300)
    assert kinds(found) == []


def test_what_left_and_never_arrived_is_a_finding() -> None:
    found = book([buy("2020-05-01", "10", "100"), leaves("2024-06-03", "-10")])
    assert seen(found.lots, found.disposals) == ((), ())
    (finding,) = found.findings
    assert seen(finding.kind, finding.detail) == (
        FindingKind.TRANSFER_UNMATCHED,
        "10 transferred on 3 Jun 2024 did not arrive in any account of the book: the other half is missing.",
    )


def test_a_part_that_did_not_arrive_is_a_finding_on_the_leg_that_left() -> None:
    found = book(
        [
            buy("2020-05-01", "10", "100"),
            sent := leaves("2024-06-03", "-10"),
            arrives("2024-06-04", "7"),
        ]
    )
    assert open_lots(found) == [("7", "70", "2020-05-01", "2020-05-01")]
    (finding,) = found.findings
    assert seen(finding.kind, finding.transaction_id) == (FindingKind.TRANSFER_UNMATCHED, sent.id)
    assert finding.detail.startswith("3 transferred")


def test_more_that_arrives_than_left_is_of_unknown_cost() -> None:
    found = book(
        [
            buy("2020-05-01", "10", "100"),
            leaves("2024-06-03", "-10"),
            arrives("2024-06-04", "12"),
        ]
    )
    assert open_lots(found) == [("2", "?", "?", "?"), ("10", "100", "2020-05-01", "2020-05-01")]
    assert kinds(found) == [
        FindingKind.TRANSFER_UNMATCHED,
        FindingKind.BASIS_UNKNOWN,
        FindingKind.ACQUIRED_UNKNOWN,
    ]


def test_a_transfer_from_outside_uses_the_cost_and_day_of_its_row() -> None:
    found = book([arrives("2024-06-04", "12", transfer_id=None, cost="600", acquired=date(2019, 3, 4))])
    assert open_lots(found) == [("12", "600", "2019-03-04", "2019-03-04")]
    assert found.findings == ()


def test_a_transfer_from_outside_of_unknown_cost_asks_for_it() -> None:
    found = book([arrives("2024-06-04", "12", acquired=date(2019, 3, 4))])
    assert open_lots(found) == [("12", "?", "2019-03-04", "2019-03-04")]
    assert kinds(found) == [FindingKind.TRANSFER_UNMATCHED, FindingKind.BASIS_UNKNOWN]


def test_the_cost_of_a_row_counts_for_the_part_that_came_from_outside_only() -> None:
    found = book(
        [
            buy("2020-05-01", "10", "100"),
            leaves("2024-06-03", "-10"),
            arrives("2024-06-04", "12", cost="1200", acquired=date(2020, 5, 1)),
        ]
    )
    assert open_lots(found) == [
        ("10", "100", "2020-05-01", "2020-05-01"),
        ("2", "200", "2020-05-01", "2020-05-01"),
    ]


def test_a_transfer_to_the_outside_takes_the_lots_along() -> None:
    found = book([buy("2020-05-01", "10", "100"), leaves("2024-06-03", "-4", transfer_id=None)])
    assert open_lots(found) == [("6", "60", "2020-05-01", "2020-05-01")]
    assert kinds(found) == [FindingKind.TRANSFER_UNMATCHED]


def test_a_transfer_of_more_than_is_held_moves_what_there_is() -> None:
    found = book([buy("2020-05-01", "10", "100"), leaves("2024-06-03", "-12"), arrives("2024-06-04", "12")])
    assert open_lots(found) == [("2", "?", "?", "?"), ("10", "100", "2020-05-01", "2020-05-01")]
    assert kinds(found) == [
        FindingKind.OVERSOLD,
        FindingKind.TRANSFER_UNMATCHED,
        FindingKind.BASIS_UNKNOWN,
        FindingKind.ACQUIRED_UNKNOWN,
    ]
    assert moves(found)[-1] == ("2024-06-03", "-10")


def test_a_short_position_moves_as_well() -> None:
    found = book(
        [
            sell("2024-01-02", "10", "100", position_effect=PositionEffect.OPEN),
            arrives("2024-06-03", "-10"),
            leaves("2024-06-04", "10"),
            buy("2024-06-05", "4", "30", portfolio_id=AWAY),
        ]
    )
    assert gains(found) == [("4", "10", "short")]
    assert open_lots(found) == [("-6", "60", "2024-01-02", "2024-01-02")]
    assert moves(found) == [("2024-01-02", "-10"), ("2024-06-04", "10")]


def test_a_short_position_from_outside_and_to_it() -> None:
    found = book(
        [
            row(
                TransactionKind.TRANSFER_IN,
                "2024-06-03",
                quantity="-10",
                cost="90",
                acquired=date(2024, 1, 2),
            ),
            leaves("2024-06-04", "4", transfer_id=None),
        ]
    )
    assert open_lots(found) == [("-6", "54", "2024-01-02", "2024-01-02")]
    assert moves(found) == [("2024-06-03", "-10"), ("2024-06-04", "4")]


def test_two_accounts_that_count_in_different_currencies_need_the_old_rate() -> None:
    found = book(
        [
            buy("2020-05-01", "10", "100"),
            buy("2020-05-02", "10", "90", currency="EUR", fx_rate="1.1"),
            leaves("2024-06-03", "-20"),
            arrives("2024-06-04", "20", portfolio_id=EUROPE),
        ]
    )
    assert [seen(lot.basis, lot.basis_base, lot.cost_base) for lot in found.lots] == [
        (100, None, None),
        (90, 90, 90),
    ]
    assert kinds(found) == [FindingKind.RATE_MISSING]


def test_a_lot_in_the_receivers_currency_needs_no_rate() -> None:
    found = book(
        [
            buy("2020-05-02", "10", "90", currency="EUR", fx_rate="1.1"),
            leaves("2024-06-03", "-10"),
            arrives("2024-06-04", "10", portfolio_id=EUROPE),
        ]
    )
    assert found.lots[0].basis_base == 90
    assert found.findings == ()


def test_a_transfer_back_and_forth_keeps_the_first_day() -> None:
    back = UUID(int=0xC2)
    found = book(
        [
            buy("2020-05-01", "10", "100"),
            leaves("2021-06-03", "-10"),
            arrives("2021-06-04", "10"),
            leaves("2022-06-03", "-10", portfolio_id=AWAY, transfer_id=back),
            arrives("2022-06-04", "10", portfolio_id=HOME, transfer_id=back),
        ]
    )
    assert [seen(lot.portfolio_id, str(lot.acquired), lot.basis) for lot in found.lots] == [
        (HOME, "2020-05-01", 100)
    ]
