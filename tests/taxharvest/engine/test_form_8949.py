"""Rows, boxes, codes and totals of Form 8949."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.records import Term
from taxharvest.engine.boxes import Box, Code, Part
from taxharvest.engine.form_8949 import Form8949, Form8949Row, Totals, column_a, form_8949
from tests.taxharvest.engine.sales import reported, sale

CONTRADICTION = "is larger than the loss of the sale; the book of this sale contradicts itself."
STATEMENT_DUE = "Because it is less, attach a statement that explains the difference."


def rows(form: Form8949) -> list[Form8949Row]:
    return [row for section in form.sections for row in section.rows]


def columns(row: Form8949Row) -> tuple[str, ...]:
    return (row.box, str(row.proceeds), str(row.basis), row.codes, str(row.adjustment), str(row.gain))


def test_sections_stand_in_the_order_of_the_form_with_their_totals() -> None:
    long = {"term": Term.LONG, "acquired": date(2020, 1, 2)}
    form = form_8949(
        [
            sale("1", symbol="LF", cusip="", **long),
            sale("2", symbol="LD", cusip="", reported=reported(term=Term.LONG), **long),
            sale("3", symbol="SG", cusip="", is_digital_asset=True),
            sale("4", symbol="SB", cusip="", reported=reported(is_basis_reported=False)),
            sale("5", symbol="SA", cusip="", disallowed="50", reported=reported(disallowed="50")),
            sale("6", symbol="SA2", cusip="", proceeds="1200", reported=reported("1200")),
        ],
        year=2025,
    )

    assert [section.box for section in form.sections] == [Box.A, Box.B, Box.I, Box.D, Box.F]
    assert form.sections[0].totals == Totals(
        proceeds=Decimal("2000.00"),
        basis=Decimal("2000.00"),
        adjustment=Decimal("50.00"),
        gain=Decimal("50.00"),
    )
    assert [row.symbol for row in form.sections[0].rows] == ["SA", "SA2"]
    assert form.codes == ("W",)


def test_totals_go_to_the_lines_of_schedule_d() -> None:
    form = form_8949(
        [
            sale("1", symbol="A", cusip="", reported=reported()),
            sale("2", symbol="B", cusip="", disallowed="200", reported=reported(disallowed="200")),
            sale("3", symbol="G", cusip="", is_digital_asset=True, reported=reported()),
            sale("4", symbol="L", cusip="", term=Term.LONG, reported=reported(term=Term.LONG)),
        ],
        year=2025,
        summarises_direct=True,
    )

    lines = form.line_totals()
    assert {line: (total.proceeds, total.gain) for line, total in lines.items()} == {
        "1a": (Decimal("800.00"), Decimal("-200.00")),
        "1b": (Decimal("1600.00"), Decimal("-200.00")),
        "8a": (Decimal("800.00"), Decimal("-200.00")),
    }
    assert [section.box for section in form.direct] == [Box.A, Box.D]
    assert [row.codes for row in rows(form)] == ["W", ""]


def test_rows_stay_on_the_form_unless_they_are_to_go_direct() -> None:
    form = form_8949([sale(reported=reported())], year=2025)

    assert form.direct == ()
    assert form.line_totals()["1b"].gain == Decimal("-200.00")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"basis": None}, "The basis is not known."),
        ({"term": Term.UNKNOWN}, "Whether the gain is short-term or long-term is not known."),
        (
            {"disallowed": "200.5"},
            f"The disallowed loss of 200.50 {CONTRADICTION}",
        ),
        (
            {"proceeds": "2000", "disallowed": "1"},
            f"The disallowed loss of 1.00 {CONTRADICTION}",
        ),
    ],
)
def test_what_is_not_known_is_never_counted(change: dict[str, object], reason: str) -> None:
    form = form_8949([sale("1", **change), sale("2", symbol="B", cusip="")], year=2025)

    assert [(item.sale.key, item.reason) for item in form.incomplete] == [("1", reason)]
    assert [row.keys for row in rows(form)] == [("2",)]
    assert form.line_totals()["3"].gain == Decimal("-200.00")


def test_an_inherited_lot_of_unknown_term_is_long() -> None:
    (row,) = rows(form_8949([sale(is_inherited=True, term=Term.UNKNOWN)], year=2025))

    assert (row.box, row.part, row.acquired_text) == (Box.F, Part.LONG, "INHERITED")


def test_a_sale_of_another_year_is_refused() -> None:
    with pytest.raises(ValueError, match="sale 1 was made in 2025, not in 2024"):
        form_8949([sale()], year=2024)


def test_pieces_of_one_lot_make_one_row() -> None:
    form = form_8949(
        [
            sale("washed", quantity="40", proceeds="320", basis="400", disallowed="80"),
            sale("kept", quantity="60", proceeds="480", basis="600"),
        ],
        year=2025,
    )

    (row,) = rows(form)
    assert row.keys == ("washed", "kept")
    assert row.description == "100 sh. ACME CORP"
    assert columns(row) == ("C", "800.00", "1000.00", "W", "80.00", "-120.00")


def test_lots_of_other_days_terms_and_sales_keep_their_rows() -> None:
    form = form_8949(
        [
            sale("1"),
            sale("2", acquired=date(2025, 2, 4)),
            sale("3", term=Term.LONG),
            sale("4", sale_key="second order"),
            sale("5", is_short_sale=True),
        ],
        year=2025,
    )

    assert sorted(row.keys for row in rows(form)) == [("1",), ("2",), ("3",), ("4",), ("5",)]


def test_the_rows_of_one_sale_add_up_to_its_cents() -> None:
    thirds = [
        sale(str(n), acquired=date(2025, 2, n), proceeds="33.33333333", basis="66.66666666")
        for n in (3, 4, 5)
    ]
    form = form_8949(thirds, year=2025)

    assert form.sections[0].totals.proceeds == Decimal("100.00")
    assert form.sections[0].totals.basis == Decimal("200.00")
    assert [row.proceeds for row in rows(form)] == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]


def test_a_broker_that_rounds_the_other_way_needs_no_code() -> None:
    (row,) = rows(form_8949([sale(basis="1000.006", reported=reported(basis="1000.00"))], year=2025))

    assert columns(row) == ("A", "800.00", "1000.00", "", "0.00", "-200.00")


def test_notes_say_what_the_broker_shows_and_when_a_statement_is_due() -> None:
    form = form_8949(
        [
            sale(
                proceeds="790",
                disallowed="50",
                term=Term.LONG,
                is_collectible=True,
                reported=reported(basis="900", disallowed="100"),
            )
        ],
        year=2025,
    )

    (row,) = rows(form)
    assert columns(row) == ("D", "800.00", "900.00", "BCETW", "-60.00", "-160.00")
    assert row.washed == Decimal("50.00")
    assert row.notes == (
        "Form 1099-B shows proceeds of 800.00; the book has 790.00.",
        "Form 1099-B shows a basis of 900.00; the correct basis is 1,000.00.",
        "Form 1099-B shows the gain or loss as short-term.",
        f"Box 1g of Form 1099-B shows 100.00; the correct disallowed loss is 50.00. {STATEMENT_DUE}",
    )
    assert form.codes == ("B", "C", "E", "T", "W")


def test_more_washed_than_the_broker_saw_needs_no_statement() -> None:
    (row,) = rows(form_8949([sale(disallowed="200", reported=reported(disallowed="50"))], year=2025))

    assert row.notes == ("Box 1g of Form 1099-B shows 50.00; the correct disallowed loss is 200.00.",)


def test_a_broker_that_does_not_know_the_term_is_not_wrong_about_it() -> None:
    (row,) = rows(form_8949([sale(reported=reported(term=Term.UNKNOWN))], year=2025))

    assert row.codes == ""


def test_a_basis_said_to_be_reported_but_not_given_is_not_reported() -> None:
    (row,) = rows(form_8949([sale(reported=reported(basis=None))], year=2025))

    assert columns(row) == ("B", "800.00", "1000.00", "", "0.00", "-200.00")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "100 sh. ACME CORP"),
        ({"description": "", "quantity": "1234.50"}, "1,234.5 sh. ACME"),
        ({"is_digital_asset": True, "description": "Bitcoin", "quantity": "0.01250000"}, "0.0125 Bitcoin"),
        ({"is_short_sale": True}, "100 sh. ACME CORP (short sale)"),
    ],
)
def test_column_a_says_how_much_of_what(change: dict[str, object], text: str) -> None:
    assert column_a(sale("1", **change)) == text


def test_boxes_and_codes_say_what_they_mean() -> None:
    assert Box.H.label == "Short-term, digital asset, basis not reported to the IRS"
    assert Box.D.label == "Long-term, basis reported to the IRS on Form 1099-B"
    assert [box.schedule_line for box in Box] == [
        "1b",
        "2",
        "3",
        "1b",
        "2",
        "3",
        "8b",
        "9",
        "10",
        "8b",
        "9",
        "10",
    ]
    assert Code.WASH.meaning == "Nondeductible loss from a wash sale."


def test_column_b_is_a_word_only_where_no_day_says_it() -> None:
    known, several, inherited = sale(), sale(acquired=None), sale(is_inherited=True)
    found = [rows(form_8949([made], year=2025))[0].acquired_text for made in (known, several, inherited)]

    assert found == ["", "VARIOUS", "INHERITED"]
