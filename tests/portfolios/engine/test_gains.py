"""Realised and unrealised gains, with the unknown kept apart."""

from dataclasses import replace
from decimal import Decimal

from portfolios.engine.figures import SourceKind
from portfolios.engine.gains import (
    HeldPosition,
    basis_figure,
    realised_gains,
    unrealised_gain,
    unrealised_total,
)
from portfolios.engine.records import Term
from tests.portfolios.engine.market_facts import ACME, NAMES, disposal, lot, on

TODAY = on("2024-06-28")


def held(name: str, value: str | None, basis: str | None) -> HeldPosition:
    return HeldPosition(
        instrument_id=ACME,
        name=name,
        quantity=Decimal(1),
        value=None if value is None else Decimal(value),
        basis=None if basis is None else Decimal(basis),
    )


def test_gains_are_summed_by_term_inside_the_interval() -> None:
    found = realised_gains(
        [
            disposal("2023-12-31", "999", "1", Term.SHORT),
            disposal("2024-01-01", "150", "100", Term.SHORT, 2),
            disposal("2024-03-05", "80", "100", Term.SHORT, 3),
            disposal("2024-12-31", "300", "100", Term.LONG, 4),
            disposal("2024-06-01", "30", "20", Term.UNKNOWN, 5),
            disposal("2025-01-01", "999", "1", Term.LONG, 6),
        ],
        currency="USD",
        names=NAMES,
        first=on("2024-01-01"),
        last=on("2024-12-31"),
    )

    assert (found.short.value, found.long.value, found.term_unknown.value, found.total.value) == (
        Decimal(30),
        Decimal(200),
        Decimal(10),
        Decimal(240),
    )
    assert found.unknown == ()
    assert found.short.explanation is not None
    first = found.short.explanation.lines[0]
    assert (first.label, first.amount, first.detail) == (
        "ACME, 1 Jan 2024",
        Decimal(50),
        "10 sold; proceeds 150.00, basis 100.00",
    )
    assert first.source is not None
    assert first.source.kind is SourceKind.DISPOSAL
    assert found.short.explanation.notes == ()


def test_an_unknown_basis_is_no_profit_but_a_question() -> None:
    unknown = disposal("2024-03-05", "500", None, Term.UNKNOWN)

    found = realised_gains(
        [unknown, disposal("2024-03-06", "500", None, Term.UNKNOWN, 2)], currency="USD", names={}
    )

    assert found.total.value == 0
    assert found.unknown[0] == unknown
    assert found.total.explanation is not None
    assert found.total.explanation.notes == (
        "2 disposals with unknown basis or exchange rate not counted: 5 Mar 2024 and 6 Mar 2024.",
    )


def test_one_unknown_disposal_is_counted_in_the_singular_and_an_unnamed_one_by_its_identifier() -> None:
    found = realised_gains(
        [disposal("2024-03-05", "1", None, Term.LONG), disposal("2024-03-05", "2", "1", Term.LONG)],
        currency="USD",
        names={},
    )

    assert found.long.explanation is not None
    assert found.long.explanation.lines[0].label == f"{ACME}, 5 Mar 2024"
    assert found.long.explanation.notes == (
        "1 disposal with unknown basis or exchange rate not counted: 5 Mar 2024.",
    )


def test_a_paper_gain_is_value_less_basis() -> None:
    found = unrealised_gain(held("ACME", "150", "180"), currency="USD", day=TODAY)

    assert found.value == Decimal(-30)
    assert found.explanation is not None
    assert [line.amount for line in found.explanation.lines] == [Decimal(150), Decimal(-180), Decimal(-30)]
    assert found.explanation.prices_as_of == TODAY


def test_a_paper_gain_needs_a_price_and_a_basis() -> None:
    no_price = unrealised_gain(held("ACME", None, "1"), currency="USD", day=TODAY)
    no_basis = unrealised_gain(held("ACME", "1", None), currency="USD", day=TODAY)

    assert (no_price.value, no_price.reason) == (None, "ACME has no usable price on 28 Jun 2024.")
    assert (no_basis.value, no_basis.reason) == (None, "The basis of ACME is not known.")


def test_the_paper_gains_of_all_holdings_name_what_is_not_counted() -> None:
    positions = [held("ACME", "150", "100"), held("GLOBEX", "5", None), held("INITECH", "10", "30")]

    found = unrealised_total(positions, currency="USD", day=TODAY)

    assert found.value == Decimal(30)
    assert found.explanation is not None
    assert [(line.label, line.amount) for line in found.explanation.lines] == [
        ("ACME", Decimal(50)),
        ("INITECH", Decimal(-20)),
        ("Unrealised gain", Decimal(30)),
    ]
    assert found.explanation.notes == ("Not counted: The basis of GLOBEX is not known.",)


def test_without_a_single_known_holding_there_is_no_sum() -> None:
    found = unrealised_total([held("ACME", "150", None)], currency="USD", day=TODAY)

    assert (found.value, found.reason) == (None, "The basis of ACME is not known.")


def test_an_empty_account_has_a_paper_gain_of_zero() -> None:
    assert unrealised_total([], currency="USD", day=TODAY).value == 0


def test_a_basis_is_the_sum_of_its_lots_and_a_short_lot_is_negative() -> None:
    found = basis_figure(
        [lot("10", "100"), lot("2.50", "30", None), lot("-3", "45")], name="ACME", currency="USD"
    )

    assert found.value == Decimal(85)
    assert found.explanation is not None
    assert [(line.label, line.amount) for line in found.explanation.lines] == [
        ("10 acquired 2 Jan 2024", Decimal(100)),
        ("2.5 acquired on an unknown day", Decimal(30)),
        ("-3 acquired 2 Jan 2024", Decimal(-45)),
        ("Basis", Decimal(85)),
    ]


def test_one_lot_without_a_basis_leaves_the_holding_without_one() -> None:
    found = basis_figure([lot("10", "100"), lot("1", None)], name="ACME", currency="USD")

    assert (found.value, found.reason) == (None, "The basis of 1 of the 2 open lots of ACME is not known.")


def test_a_washed_loss_is_left_out_of_what_is_recognised_and_said() -> None:
    washed = replace(disposal("2024-03-05", "60", "100", Term.SHORT), disallowed_base=Decimal(30))

    gained = disposal("2024-03-06", "120", "100", Term.LONG, 2)
    found = realised_gains([washed, gained], currency="USD", names=NAMES)

    values = (found.short.value, found.long.value, found.total.value)
    assert values == (Decimal(-10), Decimal(20), Decimal(10))
    assert found.short.explanation is not None
    assert found.long.explanation is not None
    assert found.short.explanation.lines[0].detail == (
        "10 sold; proceeds 60.00, basis 100.00, 30.00 of the loss washed"
    )
    assert "IRC 1091" in found.short.explanation.rule
    assert "IRC 1091" not in found.long.explanation.rule


def test_a_basis_says_what_of_it_are_washed_losses() -> None:
    found = basis_figure([replace(lot("10", "130"), deferred_base=Decimal(30))], name="ACME", currency="USD")

    assert found.explanation is not None
    assert found.explanation.lines[0].detail == "30.00 of it from washed losses"
