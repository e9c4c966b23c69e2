"""Netting, the limit on net losses, and carry-overs by character."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxharvest.engine.netting import net_year, rate_28_gain, used_deduction
from tests.taxharvest.engine.tax_years import ds

D = Decimal
SIGNED = st.decimals(-100_000, 100_000, places=2)
POSITIVE = st.decimals(0, 100_000, places=2)
CAPS = st.sampled_from([D(3_000), D(1_500)])


@pytest.mark.parametrize(
    ("short", "long", "taxed_short", "taxed_long", "counted"),
    [
        (4_000, 6_000, 4_000, 6_000, 10_000),
        (4_000, -1_000, 3_000, 0, 3_000),
        (-1_000, 6_000, 0, 5_000, 5_000),
        (-6_000, 6_000, 0, 0, 0),
        (-2_000, -500, 0, 0, -2_500),
        (-2_000, -5_000, 0, 0, -3_000),
    ],
)
def test_what_is_taxed_is_what_losses_leave(
    short: int, long: int, taxed_short: int, taxed_long: int, counted: int
) -> None:
    found = net_year(short=D(short), long=D(long), cap=D(3_000))

    assert (found.taxed_short, found.taxed_long, found.counted) == ds(taxed_short, taxed_long, counted)


def test_carry_overs_enter_the_net_of_their_character() -> None:
    found = net_year(short=D(1_000), long=D(2_000), cap=D(3_000), carry_short=D(5_000), carry_long=D(1_000))

    assert (found.net_short, found.net_long, found.total, found.deducted) == ds(-4_000, 1_000, -3_000, 3_000)
    assert (found.carry_short, found.carry_long) == ds(0, 0)


@pytest.mark.parametrize(
    ("taxable_income", "used"), [(None, 3_000), (0, 3_000), (-1_000, 2_000), (-3_000, 0), (-9_000, 0)]
)
def test_a_deduction_is_spent_only_as_far_as_there_is_income(taxable_income: int | None, used: int) -> None:
    assert used_deduction(D(3_000), None if taxable_income is None else D(taxable_income)) == used


@pytest.mark.parametrize(
    ("collectibles", "carry_long", "net_short", "left"),
    [
        (5_000, 0, 0, 5_000),
        (5_000, 0, 2_000, 5_000),  # a short gain takes nothing away
        (5_000, 1_000, -1_500, 2_500),
        (5_000, 6_000, 0, 0),
        (-500, 0, 0, 0),
    ],
)
def test_collectibles_gain_is_what_other_losses_leave(
    collectibles: int, carry_long: int, net_short: int, left: int
) -> None:
    # Schedule D instructions, 28% Rate Gain Worksheet.
    assert (
        rate_28_gain(collectibles=D(collectibles), carry_long=D(carry_long), net_short=D(net_short)) == left
    )


@given(
    short=SIGNED,
    long=SIGNED,
    carry_short=POSITIVE,
    carry_long=POSITIVE,
    cap=CAPS,
    taxable_income=st.none() | SIGNED,
)
def test_a_net_loss_is_spent_or_carried_and_nothing_else(
    *,
    short: Decimal,
    long: Decimal,
    carry_short: Decimal,
    carry_long: Decimal,
    cap: Decimal,
    taxable_income: Decimal | None,
) -> None:
    found = net_year(
        short=short,
        long=long,
        cap=cap,
        carry_short=carry_short,
        carry_long=carry_long,
        taxable_income=taxable_income,
    )

    assert found.used + found.carry_short + found.carry_long == max(D(0), -found.total)
    assert 0 <= found.used <= found.deducted <= cap
    assert found.taxed_short + found.taxed_long == max(D(0), found.total)


@given(SIGNED, SIGNED, CAPS)
def test_a_carry_over_never_exceeds_the_loss_of_its_character(
    short: Decimal, long: Decimal, cap: Decimal
) -> None:
    found = net_year(short=short, long=long, cap=cap)

    assert 0 <= found.carry_short <= max(D(0), -short)
    assert 0 <= found.carry_long <= max(D(0), -long)


@given(POSITIVE, POSITIVE, CAPS)
def test_years_without_sales_use_a_loss_up_in_the_end(short: Decimal, long: Decimal, cap: Decimal) -> None:
    spent = D(0)
    carried = net_year(short=-short, long=-long, cap=cap)
    while carried.used:
        spent += carried.used
        carried = net_year(
            short=D(0), long=D(0), cap=cap, carry_short=carried.carry_short, carry_long=carried.carry_long
        )

    assert spent == short + long
