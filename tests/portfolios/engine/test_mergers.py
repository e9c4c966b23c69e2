"""Mergers with shares, with cash, with both, and changes of symbol."""

from decimal import Decimal
from typing import Any

import pytest

from common.identifiers import derived_uuid
from portfolios.engine.records import (
    DisposalCause,
    FindingKind,
    LotOrigin,
    PositionEffect,
    Term,
    TransactionKind,
    TransactionRecord,
)
from tests.golden.cases import Case, corporate_actions
from tests.portfolios.engine.ledger_rows import (
    ACME,
    BETA,
    EUROPE,
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


def merger(**facts: Any) -> TransactionRecord:
    """A merger of ACME."""
    return row(TransactionKind.MERGER, "2024-06-03", **facts)


def test_a_change_of_symbol_keeps_cost_and_dates() -> None:
    found = book(
        [
            buy("2020-05-01", "60", "3000"),
            buy("2024-05-01", "40", "4000"),
            changed := merger(quantity="-100", counterpart_id=BETA, counter_quantity="100"),
        ]
    )
    assert open_lots(found) == [
        ("60", "3000", "2020-05-01", "2020-05-01"),
        ("40", "4000", "2024-05-01", "2024-05-01"),
    ]
    assert {(lot.instrument_id, lot.origin, lot.transaction_id) for lot in found.lots} == {
        (BETA, LotOrigin.MERGER, changed.id)
    }
    assert found.lots[0].id == derived_uuid(changed.id, "lot-0")
    assert seen(found.disposals, found.findings) == ((), ())
    assert moves(found)[-1] == ("2024-06-03", "-100")
    assert moves(found, instrument=BETA) == [("2024-06-03", "100")]


def test_a_merger_without_a_quantity_takes_all_that_is_held() -> None:
    found = book([buy("2020-05-01", "60", "3000"), merger(counterpart_id=BETA, counter_quantity="30")])
    assert open_lots(found) == [("30", "3000", "2020-05-01", "2020-05-01")]
    assert moves(found)[-1] == ("2024-06-03", "-60")


def test_an_offer_for_a_part_takes_the_earliest_lots() -> None:
    found = book(
        [
            buy("2020-05-01", "60", "3000"),
            merger(quantity="-20", counterpart_id=BETA, counter_quantity="10"),
        ]
    )
    assert [seen(lot.instrument_id, lot.quantity, lot.basis) for lot in found.lots] == [
        (ACME, 40, 2000),
        (BETA, 10, 1000),
    ]


def test_cash_beside_shares_is_a_gain_up_to_the_gain_realised() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "3000"),
            merger(quantity="-100", counterpart_id=BETA, counter_quantity="50", amount="2000", price="80"),
        ]
    )
    (piece,) = found.disposals
    # Realised: 4,000 + 2,000 - 3,000 = 3,000, of which the cash is 2,000.
    assert seen(piece.proceeds, piece.basis, piece.gain, piece.term, piece.cause) == (
        2000,
        0,
        2000,
        Term.LONG,
        DisposalCause.MERGER,
    )
    assert piece.instrument_id == ACME
    assert open_lots(found) == [("50", "3000", "2020-05-01", "2020-05-01")]


def test_cash_beside_shares_never_makes_a_loss() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "9000"),
            merger(quantity="-100", counterpart_id=BETA, counter_quantity="50", amount="2000", price="80"),
        ]
    )
    assert gains(found) == [("100", "0", "long")]
    assert open_lots(found) == [("50", "7000", "2020-05-01", "2020-05-01")]


@pytest.mark.parametrize(
    "case", corporate_actions("merger", "stock_ratio", "cash_per_share"), ids=lambda case: case["id"]
)
def test_mergers_of_the_cases_for_shares_and_cash(case: Case) -> None:
    facts, expected = case["input"], case["expected"]
    (lot,) = facts["lots"]
    shares = Decimal(lot["shares"])
    found = book(
        [
            buy(lot["acquired"], lot["shares"], lot["basis"]),
            row(
                TransactionKind.MERGER,
                facts["date"],
                quantity=str(-shares),
                counterpart_id=BETA,
                counter_quantity=str(shares * Decimal(facts["stock_ratio"])),
                amount=str(shares * Decimal(facts["cash_per_share"])),
                price=facts["fmv_new"],
            ),
        ]
    )
    (piece,), (child,) = found.disposals, found.lots
    assert piece.gain == Decimal(expected["gain_recognised"])
    assert piece.term.value[0].upper() == expected.get("term", "L")
    assert seen(child.quantity, child.basis) == (
        Decimal(expected["new_shares"]),
        Decimal(expected["new_basis"]),
    )


def test_each_lot_has_its_own_gain_from_the_cash() -> None:
    found = book(
        [
            buy("2020-05-01", "50", "1500"),
            buy("2024-05-01", "50", "4500"),
            merger(counterpart_id=BETA, counter_quantity="50", amount="2000", price="80"),
        ]
    )
    assert gains(found) == [("50", "1000", "long"), ("50", "0", "short")]
    assert [seen(lot.quantity, lot.basis) for lot in found.lots] == [(25, 1500), (25, 3500)]


def test_cash_beside_shares_of_unknown_value_leaves_gain_and_basis_unknown() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "3000"),
            merger(quantity="-100", counterpart_id=BETA, counter_quantity="50", amount="2000"),
        ]
    )
    assert gains(found) == [("100", None, "long")]
    assert found.disposals[0].proceeds == 2000
    assert open_lots(found) == [("50", "?", "2020-05-01", "2020-05-01")]
    assert kinds(found) == [FindingKind.ALLOCATION_UNKNOWN]


def test_cash_beside_shares_of_an_unknown_basis_stays_unknown() -> None:
    found = book(
        [
            row(TransactionKind.OPENING, "2020-05-01", quantity="100"),
            merger(quantity="-100", counterpart_id=BETA, counter_quantity="50", amount="2000", price="80"),
        ]
    )
    assert gains(found) == [("100", None, "unknown")]
    assert found.lots[0].basis is None


def test_the_gain_in_the_base_currency_follows_the_same_rule() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "5500", portfolio_id=EUROPE, fx_rate="0.8"),
            merger(
                portfolio_id=EUROPE,
                fx_rate="0.9",
                counterpart_id=BETA,
                counter_quantity="50",
                amount="2000",
                price="80",
            ),
        ]
    )
    (piece,), (lot,) = found.disposals, found.lots
    # In euro: 3,600 + 1,800 - 4,400 = 1,000, of 1,800 in cash.
    assert seen(piece.gain, piece.gain_base, lot.basis, lot.basis_base) == (500, 1000, 4000, 3600)


def test_cash_in_another_currency_leaves_the_base_figures_only() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "5500"),
            merger(
                currency="EUR",
                fx_rate="1",
                counterpart_id=BETA,
                counter_quantity="50",
                amount="2000",
                price="80",
            ),
        ]
    )
    (piece,), (lot,) = found.disposals, found.lots
    assert seen(piece.gain, piece.gain_base, lot.basis, lot.basis_base) == (None, 500, None, 4000)
    assert kinds(found) == [FindingKind.ALLOCATION_UNKNOWN]


def test_a_rate_that_is_missing_for_cash_and_value_is_said_once() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "5500", portfolio_id=EUROPE, fx_rate="0.8"),
            merger(
                portfolio_id=EUROPE, counterpart_id=BETA, counter_quantity="50", amount="2000", price="80"
            ),
        ]
    )
    assert kinds(found) == [FindingKind.RATE_MISSING]
    assert seen(found.disposals[0].gain, found.disposals[0].gain_base) == (500, None)
    assert found.lots[0].basis_base is None


def test_cash_alone_is_a_sale() -> None:
    found = book([buy("2020-05-01", "100", "5500"), merger(quantity="-100", amount="6000")])
    assert gains(found) == [("100", "500", "long")]
    assert found.disposals[0].cause is DisposalCause.MERGER
    assert moves(found)[-1] == ("2024-06-03", "-100")


def test_a_merger_of_more_than_is_held_is_a_finding_and_the_rest_is_unknown() -> None:
    found = book(
        [
            buy("2020-05-01", "60", "3000"),
            merger(quantity="-100", counterpart_id=BETA, counter_quantity="50", amount="2000", price="80"),
        ]
    )
    assert kinds(found) == [FindingKind.OVERSOLD]
    assert gains(found) == [("60", "600", "long"), ("40", None, "unknown")]
    assert open_lots(found) == [("20", "?", "?", "?"), ("30", "2400", "2020-05-01", "2020-05-01")]
    assert moves(found)[-1] == ("2024-06-03", "-60")
    assert moves(found, instrument=BETA) == [("2024-06-03", "50")]


def test_a_merger_of_what_the_book_never_held_brings_shares_of_unknown_basis() -> None:
    for rows in ([merger(quantity="-100", counterpart_id=BETA, counter_quantity="50")],):
        found = book(rows)
        assert kinds(found) == [FindingKind.OVERSOLD]
        assert open_lots(found) == [("50", "?", "?", "?")]
        assert found.movements[0].instrument_id == BETA
    found = book([merger(counterpart_id=BETA, counter_quantity="50")])
    assert kinds(found) == [FindingKind.NO_POSITION]
    assert open_lots(found) == [("50", "?", "?", "?")]


def test_more_cash_for_a_merger_than_is_held_says_so() -> None:
    found = book([buy("2020-05-01", "60", "3000"), merger(quantity="-100", amount="6000")])
    assert gains(found) == [("60", "600", "long"), ("40", None, "unknown")]
    assert kinds(found) == [FindingKind.OVERSOLD]


def test_a_short_position_merges_with_its_proceeds() -> None:
    short = sell("2023-03-01", "100", "1000", position_effect=PositionEffect.OPEN)
    found = book([short, merger(quantity="100", counterpart_id=BETA, counter_quantity="-50")])
    assert open_lots(found) == [("-50", "1000", "2023-03-01", "2023-03-01")]
    assert moves(found)[-1] == ("2024-06-03", "100")
    assert moves(found, instrument=BETA) == [("2024-06-03", "-50")]


def test_a_short_position_is_closed_by_a_merger_for_cash() -> None:
    short = sell("2023-03-01", "100", "1000", position_effect=PositionEffect.OPEN)
    found = book([short, merger(amount="-1200")])
    assert gains(found) == [("100", "-200", "short")]


def test_cash_paid_on_a_short_position_leaves_its_basis_unknown() -> None:
    short = sell("2023-03-01", "100", "1000", position_effect=PositionEffect.OPEN)
    found = book(
        [
            short,
            merger(counterpart_id=BETA, counter_quantity="-50", amount="-200"),
            buy("2024-07-01", "50", "900", instrument_id=BETA),
        ]
    )
    assert kinds(found) == [FindingKind.ALLOCATION_UNKNOWN]
    (piece,) = found.disposals
    assert seen(piece.gain, piece.proceeds, piece.basis) == (None, 0, None)
    assert found.lots == ()


def test_more_of_a_short_position_than_there_was_leaves_an_unknown_short_lot() -> None:
    short = sell("2023-03-01", "60", "600", position_effect=PositionEffect.OPEN)
    found = book([short, merger(quantity="100", counterpart_id=BETA, counter_quantity="-50")])
    assert open_lots(found) == [("-20", "?", "?", "?"), ("-30", "600", "2023-03-01", "2023-03-01")]


@pytest.mark.parametrize("facts", [{"counterpart_id": BETA}, {"amount": "-5"}])
def test_a_merger_that_makes_no_sense_is_left_out(facts: dict[str, Any]) -> None:
    found = book([buy("2020-05-01", "60", "3000"), merger(**facts)])
    assert kinds(found) == [FindingKind.ROW_UNUSABLE]
    assert open_lots(found) == [("60", "3000", "2020-05-01", "2020-05-01")]


def test_what_is_held_gets_the_last_unit_when_the_shares_received_cannot_be_shared() -> None:
    found = book(
        [
            buy("2020-05-01", "4", "3000"),
            merger(quantity="-10", counterpart_id=BETA, counter_quantity="0.00000001"),
        ]
    )
    assert open_lots(found) == [("0.00000001", "3000", "2020-05-01", "2020-05-01")]
    assert kinds(found) == [FindingKind.OVERSOLD]
