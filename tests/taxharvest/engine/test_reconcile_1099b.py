"""Sales of the book against reported lines: one to one, with each difference in words."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.engine.records import Term
from taxharvest.engine.form_8949 import form_8949
from taxharvest.engine.reconcile_1099b import Reconciliation, reconcile_1099b, with_reported
from taxharvest.engine.reported_differences import DifferenceKind
from taxharvest.engine.reported_lines import ReportedLine
from tests.taxharvest.engine.sales import reported, sale


def line(number: int = 2, **changes: Any) -> ReportedLine:
    """The line that agrees with the sale that `sale()` makes, with what `changes` say instead."""
    values: dict[str, Any] = {
        "line": number,
        "account": "Main",
        "symbol": "ACME",
        "cusip": "000000101",
        "description": "ACME CORP",
        "quantity": Decimal(100),
        "acquired": date(2025, 2, 3),
        "sold": date(2025, 6, 30),
        "proceeds": Decimal(800),
        "basis": Decimal(1000),
        "term": Term.SHORT,
    }
    for name, value in changes.items():
        is_number = isinstance(value, str) and name in ("quantity", "proceeds", "basis", "disallowed")
        values[name] = Decimal(value) if is_number else value
    return ReportedLine(**values)


def pairs(found: Reconciliation) -> list[tuple[list[str], list[int]]]:
    return [
        ([sale.key for sale in match.sales], [line.line for line in match.lines]) for match in found.matches
    ]


def reasons(found: Reconciliation) -> list[tuple[str, Decimal | None, str]]:
    return [(difference.kind.value, difference.amount, difference.reason) for difference in found.differences]


def test_what_agrees_has_no_differences() -> None:
    found = reconcile_1099b([sale(proceeds="800.004")], [line(proceeds="800.00", basis="1000.01")])

    assert pairs(found) == [(["1"], [2])]
    assert found.differences == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (
            {"basis": "1200"},
            {},
            (
                "basis",
                Decimal("200.00"),
                "the broker reports a basis of 1,000.00, the book has 1,200.00: 200.00 more",
            ),
        ),
        (
            {"basis": "900.5"},
            {},
            (
                "basis",
                Decimal("-99.50"),
                "the broker reports a basis of 1,000.00, the book has 900.50: 99.50 less",
            ),
        ),
        ({}, {"basis": None}, ("basis", None, "the broker gives no basis; the book has 1,000.00")),
        (
            {"basis": None},
            {},
            ("basis", None, "the book does not know the basis; the broker reports 1,000.00"),
        ),
        (
            {"proceeds": "790.05"},
            {},
            (
                "proceeds",
                Decimal("-9.95"),
                (
                    "the broker reports proceeds of 800.00, the book has 790.05: 9.95 less that the broker "
                    "may not have taken off as fees"
                ),
            ),
        ),
        (
            {},
            {"proceeds": "790.05"},
            (
                "proceeds",
                Decimal("9.95"),
                "the broker reports proceeds of 790.05, the book has 800.00: 9.95 more",
            ),
        ),
        ({"term": Term.LONG}, {}, ("term", None, "the broker reports short-term, the book has long-term")),
        (
            {"disallowed": "200"},
            {"disallowed": "50"},
            ("wash", Decimal("150.00"), "box 1g shows 50.00, the book has 200.00 in this account alone"),
        ),
        (
            {},
            {"quantity": "90"},
            ("quantity", Decimal(10), "the broker reports 90, the book has 100"),
        ),
        (
            {},
            {"acquired": date(2025, 2, 5)},
            ("acquired", None, "the broker has the purchase on 5 Feb 2025, the book on 3 Feb 2025"),
        ),
        (
            {},
            {"sold": date(2025, 7, 1)},
            ("sold", None, "the broker has the sale on 1 Jul 2025, the book on 30 Jun 2025"),
        ),
        (
            {"is_inherited": True},
            {"acquired": None},
            (
                "term",
                None,
                (
                    "the broker reports short-term, the book has long-term; what was inherited is always "
                    "long-term (IRC 1223(9))"
                ),
            ),
        ),
    ],
)
def test_a_pair_that_differs_says_how(
    ours: dict[str, Any], theirs: dict[str, Any], expected: tuple[str, Decimal | None, str]
) -> None:
    found = reconcile_1099b([sale("1", **ours)], [line(**theirs)])

    assert pairs(found) == [(["1"], [2])]
    assert reasons(found) == [expected]


def test_what_neither_side_knows_is_no_difference() -> None:
    found = reconcile_1099b(
        [sale(basis=None, acquired=None, term=Term.UNKNOWN)],
        [line(basis=None, acquired=None, quantity=None, term=Term.UNKNOWN)],
    )

    assert pairs(found) == [(["1"], [2])]
    assert found.differences == ()


def test_a_replacement_in_another_account_explains_the_taxpayers_amount() -> None:
    found = reconcile_1099b(
        [sale("1"), sale("2", symbol="B", cusip="")], [line()], taxpayer_disallowed={"1": Decimal(200)}
    )

    assert reasons(found)[0] == (
        "wash",
        Decimal("200.00"),
        (
            "box 1g shows 0.00, over all accounts 200.00 is disallowed: the replacement is in another "
            "account or is not the same security, which the broker does not look at (IRC 6045(g)(2)(B)(ii))"
        ),
    )


def test_what_cannot_be_matched_says_what_and_where() -> None:
    found = reconcile_1099b(
        [sale("1", symbol="MINE", cusip=""), sale("2", symbol="", description="Other", cusip="", account="")],
        [line(7, symbol="THEIRS", cusip=""), line(8, symbol="X", cusip="", quantity=None, account="")],
    )

    assert found.matches == ()
    assert reasons(found) == [
        (
            "only_broker",
            Decimal(-800),
            (
                "line 7 of the broker's file: 100 of THEIRS sold on 30 Jun 2025 for 800.00 in account Main "
                "is not in the book"
            ),
        ),
        (
            "only_broker",
            Decimal(-800),
            "line 8 of the broker's file: X sold on 30 Jun 2025 for 800.00 is not in the book",
        ),
        (
            "only_book",
            Decimal(800),
            "100 of MINE sold on 30 Jun 2025 for 800.00 in account Main was not reported by the broker",
        ),
        (
            "only_book",
            Decimal(800),
            "100 of Other sold on 30 Jun 2025 for 800.00 was not reported by the broker",
        ),
    ]
    assert found.only_broker[0][1].kind is DifferenceKind.ONLY_BROKER


def test_each_line_is_used_once_and_the_best_agreement_goes_first() -> None:
    found = reconcile_1099b(
        [sale("worse", basis="999"), sale("exact"), sale("third", basis="1")],
        [line(2), line(3, basis="998")],
    )

    assert pairs(found) == [(["worse"], [3]), (["exact"], [2])]
    assert [ours.key for ours, _ in found.only_book] == ["third"]


def test_a_symbol_is_enough_where_one_side_has_no_cusip_but_not_against_it() -> None:
    by_symbol = reconcile_1099b([sale(symbol="acme")], [line(cusip="")])
    against = reconcile_1099b([sale()], [line(cusip="999999999")])

    assert pairs(by_symbol) == [(["1"], [2])]
    assert against.matches == ()


def test_a_renamed_security_is_found_by_its_cusip() -> None:
    assert pairs(reconcile_1099b([sale(symbol="NEW")], [line(symbol="OLD")])) == [(["1"], [2])]


def test_pieces_of_one_lot_match_the_brokers_one_line() -> None:
    found = reconcile_1099b(
        [
            sale("washed", quantity="40", proceeds="320", basis="400", disallowed="80"),
            sale("kept", quantity="60", proceeds="480", basis="600"),
        ],
        [line(disallowed="80")],
    )

    assert pairs(found) == [(["washed", "kept"], [2])]
    assert found.differences == ()


def test_the_brokers_pieces_match_our_one_sale() -> None:
    found = reconcile_1099b(
        [sale(disallowed="80")],
        [
            line(2, quantity="40", proceeds="320", basis="400", disallowed="80"),
            line(3, quantity="60", proceeds="480", basis=None),
        ],
    )

    assert pairs(found) == [(["1"], [2, 3])]
    assert [difference.kind for difference in found.differences] == [DifferenceKind.BASIS]


def test_reported_amounts_are_shared_out_over_the_pieces() -> None:
    sales = [
        sale("washed", quantity="40", proceeds="320", basis="400", disallowed="80"),
        sale("kept", quantity="60", proceeds="480", basis="600"),
        sale("alone", symbol="B", cusip=""),
    ]
    lines = [line(proceeds="800.01", basis="900.01", disallowed="50", is_basis_reported=False)]
    shared = with_reported(sales, reconcile_1099b(sales, lines))

    assert [item.reported for item in shared] == [
        reported("320.00", "360.00", "50.00", is_basis_reported=False),
        reported("480.01", "540.01", "0.00", is_basis_reported=False),
        None,
    ]


def test_where_nothing_says_better_the_quantity_shares_out() -> None:
    sales = [sale("1", quantity="40", basis=None), sale("2", quantity="60")]
    lines = [line(disallowed="10"), line(3, quantity="1")]
    without = reconcile_1099b(sales, [line(basis=None, disallowed="10")])

    assert [item.reported for item in with_reported(sales, reconcile_1099b(sales, lines))] == [
        reported("640.00", "800.00", "4.00"),
        reported("960.00", "1200.00", "6.00"),
    ]
    assert [item.reported for item in with_reported(sales, without)] == [
        reported("320.00", None, "4.00"),
        reported("480.00", None, "6.00"),
    ]


def test_the_form_corrects_what_the_match_found() -> None:
    sales = [sale(basis="1200", disallowed="400")]
    form = form_8949(with_reported(sales, reconcile_1099b(sales, [line(disallowed="100")])), year=2025)

    (row,) = form.sections[0].rows
    assert (row.box, row.basis, row.codes, row.adjustment, row.gain) == (
        "A",
        Decimal("1000.00"),
        "BW",
        Decimal("200.00"),
        Decimal("0.00"),
    )


@given(
    ours=st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3), st.integers(1, 28)), max_size=8),
    theirs=st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3), st.integers(1, 28)), max_size=8),
)
def test_nothing_is_lost_and_nothing_is_used_twice(
    ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]]
) -> None:
    sales = [
        sale(str(n), symbol=symbol, cusip="", quantity=str(quantity), sold=date(2025, 6, day))
        for n, (symbol, quantity, day) in enumerate(ours)
    ]
    lines = [
        line(n, symbol=symbol, cusip="", quantity=str(quantity), sold=date(2025, 6, day))
        for n, (symbol, quantity, day) in enumerate(theirs)
    ]
    found = reconcile_1099b(sales, lines)

    keys = [item.key for match in found.matches for item in match.sales] + [
        item.key for item, _ in found.only_book
    ]
    numbers = [item.line for match in found.matches for item in match.lines]
    numbers += [item.line for item, _ in found.only_broker]
    assert sorted(keys) == sorted(item.key for item in sales)
    assert sorted(numbers) == list(range(len(lines)))
