"""Tax by the brackets of ordinary income."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxharvest.engine.ordinary import bracket_slices, ordinary_tax
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.tables.registry import TABLES, table_of
from tests.taxharvest.engine.tax_years import ds

SINGLE, JOINT = FilingStatus.SINGLE, FilingStatus.MARRIED_JOINT
SEPARATE, HEAD = FilingStatus.MARRIED_SEPARATE, FilingStatus.HEAD

INCOMES = st.decimals(0, 2_000_000, places=2)
TABLED = st.tuples(st.sampled_from(sorted(TABLES)), st.sampled_from(list(FilingStatus)))


@pytest.mark.parametrize(
    ("year", "status", "taxes_at_the_tops"),
    # The amounts that the tables of the revenue procedures print: "$5,578.50 plus 22 % of the excess".
    [
        (2024, SINGLE, "1160 5426 17168.50 39110.50 55678.50 183647.25"),
        (2024, JOINT, "2320 10852 34337 78221 111357 196669.50"),
        (2024, HEAD, "1655 7241 15469 37417 53977 181954.50"),
        (2024, SEPARATE, "1160 5426 17168.50 39110.50 55678.50 98334.75"),
        (2025, SINGLE, "1192.50 5578.50 17651 40199 57231 188769.75"),
        (2025, JOINT, "2385 11157 35302 80398 114462 202154.50"),
        (2025, HEAD, "1700 7442 15912 38460 55484 187031.50"),
        (2025, SEPARATE, "1192.50 5578.50 17651 40199 57231 101077.25"),
        (2026, SINGLE, "1240 5800 17966 41024 58448 192979.25"),
        (2026, JOINT, "2480 11600 35932 82048 116896 206583.50"),
        (2026, HEAD, "1770 7740 16155 39207 56631 191171"),
        (2026, SEPARATE, "1240 5800 17966 41024 58448 103291.75"),
    ],
)
def test_the_tax_at_the_end_of_each_bracket_is_the_published_one(
    year: int, status: FilingStatus, taxes_at_the_tops: str
) -> None:
    brackets = table_of(year).brackets[status]
    tops = [bracket.top for bracket in brackets if bracket.top is not None]

    assert [ordinary_tax(top, brackets) for top in tops] == list(map(Decimal, taxes_at_the_tops.split()))


def test_an_income_is_cut_along_the_brackets_it_reaches() -> None:
    slices = bracket_slices(Decimal(50_000), table_of(2025).brackets[SINGLE])

    assert [(part.rate, part.amount, part.tax) for part in slices] == [
        ds("0.10", 11_925, "1192.50"),
        ds("0.12", 36_550, 4_386),
        ds("0.22", 1_525, "335.50"),
    ]


def test_the_last_bracket_has_no_end() -> None:
    slices = bracket_slices(Decimal(1_626_350), table_of(2025).brackets[SINGLE])

    assert (slices[-1].rate, slices[-1].amount) == ds(Decimal("0.37"), 1_000_000)


def test_no_income_has_no_tax() -> None:
    assert ordinary_tax(Decimal(0), table_of(2025).brackets[SINGLE]) == 0


@given(TABLED, INCOMES, INCOMES)
def test_two_small_incomes_are_never_taxed_more_than_one_large_one(
    tabled: tuple[int, FilingStatus], one: Decimal, other: Decimal
) -> None:
    year, status = tabled
    brackets = table_of(year).brackets[status]

    assert ordinary_tax(one, brackets) + ordinary_tax(other, brackets) <= ordinary_tax(one + other, brackets)


@given(TABLED, INCOMES)
def test_the_slices_add_up_to_the_income(tabled: tuple[int, FilingStatus], income: Decimal) -> None:
    year, status = tabled

    assert sum(part.amount for part in bracket_slices(income, table_of(year).brackets[status])) == income


def test_a_schedule_that_ends_taxes_nothing_beyond_its_last_top() -> None:
    whole = table_of(2026).brackets[SINGLE]
    assert ordinary_tax(Decimal(1_000_000), whole[:1]) == whole[0].rate * (whole[0].top or 0)
