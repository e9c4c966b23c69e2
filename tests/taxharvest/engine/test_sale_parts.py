"""Pieces of a sale and the sharing of cents."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from common.money import cents
from portfolios.engine.records import Term
from taxharvest.engine.sale_parts import cents_parts, merged, sale_of, true_term
from tests.taxharvest.engine.sales import reported, sale

AMOUNTS = st.lists(st.decimals("-99999", "99999", places=4), min_size=1, max_size=8)


def test_thirds_of_a_dollar_add_up_to_it() -> None:
    third = Decimal("33.333333")

    assert cents_parts([third, third, third + Decimal("0.000001")]) == [
        Decimal("33.33"),
        Decimal("33.33"),
        Decimal("33.34"),
    ]


def test_negative_parts_add_up_too_and_a_tie_goes_to_the_first() -> None:
    assert cents_parts([Decimal("-0.005"), Decimal("-0.015")]) == [Decimal("-0.01"), Decimal("-0.01")]


def test_parts_that_cancel_out_are_rounded_alone() -> None:
    assert cents_parts([Decimal("1.006"), Decimal("-1.006")]) == [Decimal("1.01"), Decimal("-1.01")]


@given(AMOUNTS)
def test_cents_always_add_up_to_the_rounded_sum(amounts: list[Decimal]) -> None:
    total = sum(amounts, Decimal(0))
    parts = cents_parts(amounts)

    assert all(part == cents(part) for part in parts)
    if total:
        assert sum(parts, Decimal(0)) == cents(total)


def test_the_same_day_and_security_is_one_sale_unless_the_sales_are_named() -> None:
    assert sale_of(sale("1")) == sale_of(sale("2"))
    assert sale_of(sale("1", sale_key="a")) != sale_of(sale("2", sale_key="b"))
    assert sale_of(sale("1", account="Other")) != sale_of(sale("2"))
    assert sale_of(sale("1", cusip="", symbol="acme")) == sale_of(sale("2", cusip=""))


def test_what_was_inherited_is_long() -> None:
    assert true_term(sale(is_inherited=True)) is Term.LONG
    assert true_term(sale()) is Term.SHORT


def test_pieces_are_added_up() -> None:
    whole = merged(
        [
            sale(
                "1",
                quantity="40",
                proceeds="300",
                basis="400",
                disallowed="100",
                reported=reported("300", "400", "100"),
            ),
            sale("2", quantity="60", proceeds="500", basis="600", reported=reported("500", "600")),
        ]
    )

    assert (whole.key, whole.quantity, whole.proceeds, whole.basis, whole.disallowed) == (
        "1",
        Decimal(100),
        Decimal(800),
        Decimal(1000),
        Decimal(100),
    )
    assert whole.reported == reported("800", "1000", "100")


def test_a_basis_that_one_piece_lacks_is_lacking() -> None:
    whole = merged([sale("1", basis=None, reported=reported(basis=None)), sale("2", reported=reported())])

    assert whole.basis is None
    assert whole.reported is not None
    assert whole.reported.basis is None


def test_a_piece_alone_stays_as_it_is_and_half_a_report_is_none() -> None:
    alone = sale("1", reported=reported())

    assert merged([alone]) is alone
    assert merged([alone, sale("2")]).reported is None
