"""The payer's statement of each sale, box by box."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.engine.records import Term
from taxharvest.engine.boxes import Box
from taxharvest.engine.form_1099b import Statement1099B, Totals1099B, form_1099b, is_covered
from tests.taxharvest.engine.sales import sale


def test_a_covered_sale_fills_its_boxes() -> None:
    form = form_1099b([sale(disallowed="80", is_collectible=True)], year=2025)

    assert form.statements == (
        Statement1099B(
            key="1",
            account="Main",
            symbol="ACME",
            cusip="000000101",
            box_8949=Box.A,
            description_1a="100 sh. ACME CORP",
            quantity=Decimal(100),
            acquired_1b=date(2025, 2, 3),
            sold_1c=date(2025, 6, 30),
            proceeds_1d=Decimal(800),
            basis_1e=Decimal(1000),
            market_discount_1f=Decimal(0),
            disallowed_1g=Decimal(80),
            term_2=Term.SHORT,
            is_collectible_3=True,
            withheld_4=Decimal(0),
            is_noncovered_5=False,
            is_net_proceeds_6=True,
            is_loss_barred_7=False,
            is_basis_reported_12=True,
        ),
    )


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"basis": None}, (date(2025, 2, 3), None, Term.SHORT, Box.B)),
        ({"acquired": None, "term": Term.UNKNOWN}, (None, Decimal(1000), Term.UNKNOWN, None)),
        (
            {"acquired": date(2010, 12, 31), "term": Term.LONG},
            (date(2010, 12, 31), Decimal(1000), Term.LONG, Box.E),
        ),
        ({"is_inherited": True}, (None, Decimal(1000), Term.LONG, Box.E)),
    ],
)
def test_a_noncovered_sale_states_what_is_known(change: dict[str, object], shown: tuple[object, ...]) -> None:
    (made,) = form_1099b([sale("1", **change)], year=2025).statements

    assert (made.acquired_1b, made.basis_1e, made.term_2, made.box_8949) == shown
    assert (made.is_noncovered_5, made.is_basis_reported_12) == (True, False)


def test_what_was_bought_since_2011_is_covered() -> None:
    assert is_covered(sale(acquired=date(2011, 1, 1)))
    assert not is_covered(sale(acquired=date(2010, 12, 31)))


def test_totals_leave_unknown_basis_out_and_the_pieces_of_a_sale_add_up() -> None:
    pieces = [
        sale(str(day), acquired=date(2025, 2, day), proceeds="33.3333", basis="66.6667") for day in (3, 4, 5)
    ]
    form = form_1099b([*pieces, sale("x", symbol="B", cusip="", basis=None, disallowed="0")], year=2025)

    assert [made.proceeds_1d for made in form.statements[:3]] == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]
    assert form.totals == Totals1099B(
        proceeds=Decimal("900.00"),
        basis=Decimal("200.00"),
        market_discount=Decimal(0),
        disallowed=Decimal(0),
        withheld=Decimal(0),
    )


def test_digital_assets_belong_on_another_form() -> None:
    form = form_1099b([sale(is_digital_asset=True)], year=2025)

    assert form.statements == ()
    assert [(item.sale.key, item.reason) for item in form.left_out] == [
        ("1", "Digital assets are reported on Form 1099-DA.")
    ]


def test_a_statement_of_another_year_is_refused() -> None:
    with pytest.raises(ValueError, match="sale 1 was made in 2025, not in 2026"):
        form_1099b([sale()], year=2026)
