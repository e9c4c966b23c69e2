"""Splits, stock dividends, spin-offs and returns of capital."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from common.money import cents
from portfolios.engine.records import (
    Book,
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

SPLIT, STOCK_DIVIDEND = TransactionKind.SPLIT, TransactionKind.STOCK_DIVIDEND
SPIN_OFF, RETURN = TransactionKind.SPIN_OFF, TransactionKind.RETURN_OF_CAPITAL


def held(case: Case) -> list[TransactionRecord]:
    """The purchases behind the lots of a case."""
    return [buy(lot["acquired"], lot["shares"], lot["basis"]) for lot in case["input"]["lots"]]


def whole_spin_offs() -> list[Case]:
    """The cases of spin-offs in which nothing is paid in cash."""
    return [case for case in corporate_actions("spin_off") if "cash_in_lieu" not in case["input"]]


def total(values: Iterable[Decimal | None]) -> Decimal:
    """The sum of values that are all known."""
    return sum((value for value in values if value is not None), Decimal(0))


def gained(found: Book) -> list[tuple[str, str]]:
    """The gain in cents and the term, by its letter, of every disposal."""
    return [(str(cents(piece.gain)), piece.term.value[0].upper()) for piece in found.disposals if piece.gain]


def test_a_split_keeps_basis_and_dates_and_scales_every_lot() -> None:
    found = book(
        [
            buy("2023-01-02", "10", "100"),
            buy("2023-02-01", "5", "80"),
            row(SPLIT, "2024-06-03", ratio_new="4", ratio_old="1"),
            sell("2024-06-04", "50", "250"),
        ]
    )
    assert gains(found) == [("40", "100", "long"), ("10", "10", "long")]
    assert open_lots(found) == [("10", "40", "2023-02-01", "2023-02-01")]
    assert moves(found) == [
        ("2023-01-02", "10"),
        ("2023-02-01", "5"),
        ("2024-06-03", "45"),
        ("2024-06-04", "-50"),
    ]


def test_a_split_with_a_ratio_that_does_not_divide_keeps_the_exact_total() -> None:
    found = book(
        [
            *(buy(f"2023-01-0{day}", "1", "10") for day in (2, 3, 4)),
            row(SPLIT, "2024-06-03", ratio_new="1", ratio_old="7"),
        ]
    )
    assert [lot.quantity for lot in found.lots] == [
        Decimal("0.14285714"),
        Decimal("0.14285715"),
        Decimal("0.14285714"),
    ]
    assert found.holdings[0].quantity == Decimal("0.42857143")
    assert found.holdings[0].basis == 30


def test_the_delivered_total_is_used_when_the_source_states_it() -> None:
    found = book(
        [
            buy("2023-01-02", "10", "100"),
            row(SPLIT, "2024-06-03", ratio_new="1", ratio_old="3", quantity="-7"),
        ]
    )
    assert open_lots(found) == [("3", "100", "2023-01-02", "2023-01-02")]
    assert found.findings == ()


@pytest.mark.parametrize("quantity", ["-5", "-20"])
def test_a_stated_change_that_contradicts_the_ratio_is_a_finding(quantity: str) -> None:
    found = book(
        [
            buy("2023-01-02", "10", "100"),
            row(SPLIT, "2024-06-03", ratio_new="2", ratio_old="1", quantity=quantity),
        ]
    )
    assert open_lots(found) == [("20", "100", "2023-01-02", "2023-01-02")]
    assert kinds(found) == [FindingKind.POSITION_DIFFERS]


def test_cash_in_lieu_of_a_fraction_is_a_sale_of_the_fraction() -> None:
    found = book(
        [
            buy("2023-03-01", "100", "1000"),
            row(SPLIT, "2024-06-03", ratio_new="1", ratio_old="8", amount="9.60"),
        ]
    )
    (piece,) = found.disposals
    assert seen(piece.quantity, piece.basis, piece.gain, piece.term, piece.cause) == (
        Decimal("0.5"),
        40,
        Decimal("-30.40"),
        Term.LONG,
        DisposalCause.CASH_IN_LIEU,
    )
    assert open_lots(found) == [("12", "960", "2023-03-01", "2023-03-01")]
    assert moves(found) == [("2023-03-01", "100"), ("2024-06-03", "-88")]


@pytest.mark.parametrize(
    "case", corporate_actions("reverse_split", "cash_in_lieu"), ids=lambda case: case["id"]
)
def test_reverse_splits_of_the_cases_with_cash_for_a_fraction(case: Case) -> None:
    facts, expected = case["input"], case["expected"]
    ratio = Fraction(facts["ratio"])
    found = book(
        [
            *held(case),
            row(
                SPLIT,
                facts["date"],
                ratio_new=str(ratio.numerator),
                ratio_old=str(ratio.denominator),
                amount=facts["cash_in_lieu"],
            ),
        ]
    )
    (piece,), (lot,) = found.disposals, found.lots
    assert seen(lot.quantity, lot.basis) == (Decimal(expected["shares"]), Decimal(expected["basis"]))
    assert seen(piece.basis, piece.gain) == (Decimal(expected["cash_basis"]), Decimal(expected["gain"]))
    assert piece.term.value[0].upper() == expected["term"]


def test_all_that_is_left_may_be_paid_in_cash() -> None:
    found = book(
        [
            buy("2023-03-01", "3", "90"),
            row(SPLIT, "2023-06-03", ratio_new="1", ratio_old="4", quantity="-3", amount="70"),
        ]
    )
    assert gains(found) == [("0.75", "-20", "short")]
    assert found.holdings == ()
    assert moves(found) == [("2023-03-01", "3"), ("2023-06-03", "-3")]


def test_cash_without_a_fraction_is_a_finding() -> None:
    found = book(
        [
            buy("2023-03-01", "8", "80"),
            row(SPLIT, "2024-06-03", ratio_new="1", ratio_old="8", amount="9.60"),
        ]
    )
    assert kinds(found) == [FindingKind.ALLOCATION_UNKNOWN]
    assert found.disposals == ()


def test_a_short_position_pays_for_its_fraction() -> None:
    found = book(
        [
            sell("2023-03-01", "100", "1000", position_effect=PositionEffect.OPEN),
            row(SPLIT, "2024-06-03", ratio_new="1", ratio_old="8", amount="-50"),
        ]
    )
    (piece,) = found.disposals
    assert seen(piece.proceeds, piece.basis, piece.is_short_sale) == (40, 50, True)
    assert open_lots(found) == [("-12", "960", "2023-03-01", "2023-03-01")]
    assert moves(found) == [("2023-03-01", "-100"), ("2024-06-03", "88")]


def test_a_fraction_paid_at_an_unknown_rate_has_no_gain_in_the_base_currency() -> None:
    found = book(
        [
            sell(
                "2023-03-01",
                "100",
                "1000",
                portfolio_id=EUROPE,
                fx_rate="1",
                position_effect=PositionEffect.OPEN,
            ),
            row(SPLIT, "2024-06-03", ratio_new="1", ratio_old="8", amount="-50", portfolio_id=EUROPE),
        ]
    )
    (piece,) = found.disposals
    assert seen(piece.gain, piece.basis_base, piece.proceeds_base) == (-10, None, 40)
    assert kinds(found) == [FindingKind.RATE_MISSING]


def test_a_split_scales_both_sides_when_an_account_is_long_and_short() -> None:
    found = book(
        [
            sell("2023-03-01", "3", "30", position_effect=PositionEffect.OPEN),
            row(TransactionKind.OPENING, "2023-03-02", quantity="10", cost="90", acquired=None),
            row(SPLIT, "2024-06-03", ratio_new="2", ratio_old="1"),
        ]
    )
    assert [lot.quantity for lot in found.lots] == [20, -6]
    assert found.holdings[0].quantity == 14
    assert moves(found) == [("2023-03-01", "-3"), ("2023-03-02", "10"), ("2024-06-03", "7")]


@pytest.mark.parametrize(
    "ratio",
    [
        {},
        {"ratio_new": "2"},
        {"ratio_old": "2"},
        {"ratio_new": "0", "ratio_old": "1"},
        {"ratio_new": "1", "ratio_old": "-1"},
        {"ratio_new": "1", "ratio_old": "999999999999"},
    ],
)
def test_a_split_without_a_usable_ratio_is_left_out(ratio: dict[str, str]) -> None:
    found = book([buy("2023-01-02", "10", "100"), row(SPLIT, "2024-06-03", **ratio)])
    assert kinds(found) == [FindingKind.ROW_UNUSABLE]
    assert open_lots(found) == [("10", "100", "2023-01-02", "2023-01-02")]


@pytest.mark.parametrize(
    "action",
    [
        row(SPLIT, "2024-06-03", ratio_new="2", ratio_old="1"),
        row(RETURN, "2024-06-03", amount="10"),
        row(TransactionKind.MERGER, "2024-06-03", amount="10"),
    ],
)
def test_an_action_on_nothing_is_a_finding(action: Any) -> None:
    found = book([action])
    assert kinds(found) == [FindingKind.NO_POSITION]
    assert found.findings[0].detail == "The book holds nothing that this could apply to on 3 Jun 2024."
    assert seen(found.holdings, found.movements) == ((), ())


def test_a_lot_that_rounds_to_nothing_leaves_its_cost_to_a_neighbour() -> None:
    found = book(
        [
            buy("2023-01-02", "0.00000001", "0.5"),
            buy("2023-01-03", "8", "80"),
            row(SPLIT, "2024-06-03", ratio_new="1", ratio_old="4"),
        ]
    )
    assert open_lots(found) == [("2", "80.5", "2023-01-03", "2023-01-03")]


def test_a_stock_dividend_spreads_the_basis_over_more_shares() -> None:
    found = book([buy("2023-01-02", "100", "1050"), row(STOCK_DIVIDEND, "2024-06-03", quantity="5")])
    assert open_lots(found) == [("105", "1050", "2023-01-02", "2023-01-02")]
    assert moves(found) == [("2023-01-02", "100"), ("2024-06-03", "5")]


def test_a_stock_dividend_with_its_ratio_tells_the_fraction_that_cash_paid_for() -> None:
    found = book(
        [
            buy("2023-01-02", "50", "1050"),
            row(STOCK_DIVIDEND, "2024-06-03", quantity="2", ratio_new="105", ratio_old="100", amount="12"),
        ]
    )
    assert gains(found) == [("0.5", "2", "long")]
    assert open_lots(found) == [("52", "1040", "2023-01-02", "2023-01-02")]


def test_a_stock_dividend_without_its_ratio_cannot_place_the_cash() -> None:
    found = book(
        [buy("2023-01-02", "50", "1050"), row(STOCK_DIVIDEND, "2024-06-03", quantity="2", amount="12")]
    )
    assert kinds(found) == [FindingKind.ALLOCATION_UNKNOWN]
    assert open_lots(found) == [("52", "1050", "2023-01-02", "2023-01-02")]


def test_shares_that_arrive_for_an_unknown_holding_are_a_lot_of_unknown_basis() -> None:
    found = book([row(STOCK_DIVIDEND, "2024-06-03", quantity="5"), sell("2024-06-04", "2", "20")])
    assert kinds(found) == [FindingKind.NO_POSITION]
    assert gains(found) == [("2", None, "unknown")]
    assert open_lots(found) == [("3", "?", "?", "?")]
    assert found.lots[0].origin is LotOrigin.OPENING


def test_a_stock_dividend_of_nothing_is_left_out() -> None:
    assert kinds(book([row(STOCK_DIVIDEND, "2024-06-03")])) == [FindingKind.ROW_UNUSABLE]


def test_a_spin_off_moves_basis_and_the_holding_period_tacks() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "5000"),
            spun := row(SPIN_OFF, "2024-06-03", counterpart_id=BETA, quantity="25", basis_fraction="0.2"),
            sell("2024-06-04", "25", "1100", instrument_id=BETA),
        ]
    )
    assert open_lots(found) == [("100", "4000", "2020-05-01", "2020-05-01")]
    assert found.lots[0].cost == 5000
    (piece,) = found.disposals
    assert seen(piece.instrument_id, piece.gain, piece.term, piece.transaction_id != spun.id) == (
        BETA,
        100,
        Term.LONG,
        True,
    )
    assert moves(found, instrument=BETA) == [("2024-06-03", "25"), ("2024-06-04", "-25")]


def test_the_lots_of_a_spin_off_say_where_they_came_from() -> None:
    found = book(
        [
            buy("2020-05-01", "60", "3000"),
            buy("2023-05-01", "40", "4000"),
            spun := row(SPIN_OFF, "2024-06-03", counterpart_id=BETA, quantity="25", basis_fraction="0.1"),
        ]
    )
    children = [lot for lot in found.lots if lot.instrument_id == BETA]
    assert [seen(lot.quantity, lot.cost, lot.basis, str(lot.acquired)) for lot in children] == [
        (15, 300, 300, "2020-05-01"),
        (10, 400, 400, "2023-05-01"),
    ]
    assert {(lot.origin, lot.transaction_id) for lot in children} == {(LotOrigin.SPIN_OFF, spun.id)}


@pytest.mark.parametrize("case", whole_spin_offs(), ids=lambda case: case["id"])
def test_spin_offs_of_the_cases_without_a_fraction(case: Case) -> None:
    facts, expected = case["input"], case["expected"]
    shares = total(Decimal(lot["shares"]) for lot in facts["lots"])
    received = shares * Decimal(facts["ratio"])
    value = received * Decimal(facts["fmv_spinco"])
    fraction = value / (value + shares * Decimal(facts["fmv_parent"]))
    found = book(
        [
            *held(case),
            row(
                SPIN_OFF,
                facts["date"],
                counterpart_id=BETA,
                quantity=str(received),
                basis_fraction=str(fraction),
            ),
        ]
    )
    parents = [lot for lot in found.lots if lot.instrument_id == ACME]
    children = [lot for lot in found.lots if lot.instrument_id == BETA]
    assert len(parents) == len(children) == len(facts["lots"])
    assert cents(total(lot.basis for lot in parents)) == Decimal(expected["parent_basis"])
    assert cents(total(lot.basis for lot in children)) == Decimal(expected["spinco_basis"])
    assert total(lot.quantity for lot in children) == Decimal(expected["spinco_shares"])
    assert [str(lot.holding_date) for lot in children] == [lot["acquired"] for lot in facts["lots"]]
    assert str(children[0].holding_date) == expected["spinco_holding_date"]


def test_a_spin_off_of_unknown_allocation_leaves_both_bases_unknown() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "5000"),
            row(SPIN_OFF, "2024-06-03", counterpart_id=BETA, quantity="25"),
        ]
    )
    assert open_lots(found) == [
        ("100", "?", "2020-05-01", "2020-05-01"),
        ("25", "?", "2020-05-01", "2020-05-01"),
    ]
    assert found.lots[0].cost == 5000
    assert kinds(found) == [FindingKind.ALLOCATION_UNKNOWN]


def test_a_spin_off_with_its_ratio_tells_the_fraction_that_cash_paid_for() -> None:
    found = book(
        [
            buy("2020-05-01", "102", "5100"),
            row(
                SPIN_OFF,
                "2024-06-03",
                counterpart_id=BETA,
                quantity="25",
                ratio_new="1",
                ratio_old="4",
                basis_fraction="0.1",
                amount="22",
            ),
        ]
    )
    assert gains(found) == [("0.5", "12", "long")]
    assert found.disposals[0].instrument_id == BETA
    assert [seen(lot.quantity, lot.basis) for lot in found.lots] == [(102, 4590), (25, 500)]
    assert moves(found, instrument=BETA) == [("2024-06-03", "25")]


@pytest.mark.parametrize("ratio", [{}, {"ratio_new": "1", "ratio_old": "2"}])
def test_cash_of_a_spin_off_whose_fraction_is_not_known_is_a_finding(ratio: dict[str, str]) -> None:
    found = book(
        [
            buy("2020-05-01", "102", "5100"),
            row(
                SPIN_OFF,
                "2024-06-03",
                counterpart_id=BETA,
                quantity="25",
                basis_fraction="0",
                amount="22",
                **ratio,
            ),
        ]
    )
    assert kinds(found) == [FindingKind.ALLOCATION_UNKNOWN]
    assert found.disposals == ()
    assert found.lots[1].basis == 0


def test_a_spin_off_from_a_short_position_moves_proceeds() -> None:
    found = book(
        [
            sell("2023-03-01", "100", "1000", position_effect=PositionEffect.OPEN),
            row(SPIN_OFF, "2024-06-03", counterpart_id=BETA, quantity="-25", basis_fraction="0.2"),
        ]
    )
    assert open_lots(found) == [
        ("-100", "800", "2023-03-01", "2023-03-01"),
        ("-25", "200", "2023-03-01", "2023-03-01"),
    ]
    assert moves(found, instrument=BETA) == [("2024-06-03", "-25")]


def test_a_lot_too_small_for_a_share_of_the_new_company_keeps_its_basis() -> None:
    found = book(
        [
            buy("2020-05-01", "0.00000001", "1"),
            buy("2020-05-02", "100", "5000"),
            row(SPIN_OFF, "2024-06-03", counterpart_id=BETA, quantity="25", basis_fraction="0.2"),
        ]
    )
    assert [seen(lot.instrument_id, lot.basis) for lot in found.lots] == [
        (ACME, 1),
        (ACME, 4000),
        (BETA, 1000),
    ]


def test_a_spin_off_of_an_unknown_parent_opens_a_lot_of_unknown_basis() -> None:
    found = book([row(SPIN_OFF, "2024-06-03", counterpart_id=BETA, quantity="25", basis_fraction="0.2")])
    assert kinds(found) == [FindingKind.NO_POSITION]
    assert open_lots(found) == [("25", "?", "?", "?")]
    assert moves(found, instrument=BETA) == [("2024-06-03", "25")]


def test_a_spin_off_of_an_unknown_basis_stays_unknown() -> None:
    found = book(
        [
            row(TransactionKind.OPENING, "2020-05-01", quantity="100"),
            row(SPIN_OFF, "2024-06-03", counterpart_id=BETA, quantity="25", basis_fraction="0.2"),
        ]
    )
    assert [lot.basis for lot in found.lots] == [None, None]


@pytest.mark.parametrize(
    "facts",
    [
        {"quantity": "25"},
        {"counterpart_id": BETA},
        {"counterpart_id": BETA, "quantity": "25", "basis_fraction": "1.1"},
        {"counterpart_id": BETA, "quantity": "25", "basis_fraction": "-0.1"},
    ],
)
def test_a_spin_off_that_makes_no_sense_is_left_out(facts: dict[str, Any]) -> None:
    found = book([buy("2020-05-01", "100", "5000"), row(SPIN_OFF, "2024-06-03", **facts)])
    assert kinds(found) == [FindingKind.ROW_UNUSABLE]
    assert open_lots(found) == [("100", "5000", "2020-05-01", "2020-05-01")]


def test_returned_capital_reduces_basis_the_same_per_share() -> None:
    found = book(
        [
            buy("2022-03-01", "100", "500"),
            buy("2022-04-01", "50", "500"),
            row(RETURN, "2024-06-03", amount="150"),
        ]
    )
    assert open_lots(found) == [
        ("100", "400", "2022-03-01", "2022-03-01"),
        ("50", "450", "2022-04-01", "2022-04-01"),
    ]
    assert [lot.cost for lot in found.lots] == [500, 500]
    assert found.disposals == ()


def test_returned_capital_beyond_basis_is_a_gain_and_the_lot_stays() -> None:
    found = book([buy("2022-03-01", "100", "250"), row(RETURN, "2024-06-03", amount="300")])
    (piece,) = found.disposals
    assert seen(piece.proceeds, piece.basis, piece.gain, piece.gain_base, piece.term, piece.cause) == (
        50,
        0,
        50,
        50,
        Term.LONG,
        DisposalCause.RETURN_OF_CAPITAL,
    )
    assert piece.lot_id == found.lots[0].id
    assert open_lots(found) == [("100", "0", "2022-03-01", "2022-03-01")]
    assert moves(found) == [("2022-03-01", "100")]


@pytest.mark.parametrize("case", corporate_actions("return_of_capital"), ids=lambda case: case["id"])
def test_returns_of_capital_of_the_cases(case: Case) -> None:
    facts, expected = case["input"], case["expected"]
    found = book([*held(case), row(RETURN, facts["date"], amount=facts["amount"])])
    assert total(lot.basis for lot in found.lots) == Decimal(expected["basis"])
    assert gained(found) == ([(expected["gain"], expected["term"])] if "term" in expected else [])


def test_returned_capital_at_an_unknown_rate_leaves_the_base_unknown() -> None:
    found = book(
        [
            buy("2022-03-01", "100", "250", portfolio_id=EUROPE, fx_rate="0.9"),
            row(RETURN, "2024-06-03", amount="300", portfolio_id=EUROPE),
        ]
    )
    assert seen(found.lots[0].basis, found.lots[0].basis_base) == (0, None)
    assert seen(found.disposals[0].gain, found.disposals[0].gain_base) == (50, None)


def test_capital_returned_in_another_currency_is_known_in_the_base_only() -> None:
    found = book(
        [
            buy("2022-03-01", "100", "250"),
            row(RETURN, "2024-06-03", amount="300", currency="EUR", fx_rate="1"),
            row(RETURN, "2024-06-04", amount="1", currency="EUR", fx_rate="1"),
        ]
    )
    assert seen(found.lots[0].basis, found.lots[0].basis_base) == (None, 0)
    assert [seen(piece.gain, piece.gain_base) for piece in found.disposals] == [(None, 50), (None, 1)]
    assert kinds(found) == [FindingKind.ALLOCATION_UNKNOWN]


def test_capital_returned_on_an_unknown_basis_changes_nothing() -> None:
    found = book(
        [row(TransactionKind.OPENING, "2022-03-01", quantity="100"), row(RETURN, "2024-06-03", amount="300")]
    )
    assert found.lots[0].basis is None
    assert found.disposals == ()


def test_a_negative_return_of_capital_is_left_out() -> None:
    found = book([buy("2022-03-01", "100", "250"), row(RETURN, "2024-06-03", amount="-3")])
    assert kinds(found) == [FindingKind.ROW_UNUSABLE]


def test_a_spin_off_moves_basis_in_the_base_currency_by_the_same_share() -> None:
    found = book(
        [
            buy("2020-05-01", "100", "5000", portfolio_id=EUROPE, fx_rate="0.9"),
            row(
                SPIN_OFF,
                "2024-06-03",
                portfolio_id=EUROPE,
                counterpart_id=BETA,
                quantity="25",
                basis_fraction="0.2",
            ),
        ]
    )
    assert [seen(lot.basis, lot.basis_base) for lot in found.lots] == [(4000, 3600), (1000, 900)]
