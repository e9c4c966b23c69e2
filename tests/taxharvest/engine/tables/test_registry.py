"""The tables of every tax year."""

from decimal import Decimal
from pathlib import Path

import pytest

from common.errors import InvalidInput
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.tables.record import TaxTable
from taxharvest.engine.tables.registry import NEWEST, TABLES, table_of
from tests.taxharvest.engine.tax_years import ds

FOLDER = Path(__file__).parents[4] / "taxharvest" / "engine" / "tables"
EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=str)


def test_every_file_of_a_year_is_registered() -> None:
    years = {int(path.stem.removeprefix("us_")) for path in FOLDER.glob("us_*.py")}

    assert years == set(TABLES)
    assert max(years) == NEWEST


def test_a_year_is_found_by_its_number() -> None:
    assert [table_of(year).year for year in (2024, 2025, 2026)] == [2024, 2025, 2026]


def test_a_year_without_tables_is_refused_with_the_years_there_are() -> None:
    with pytest.raises(InvalidInput) as refused:
        table_of(2031)

    sentence = "There are no tax tables for 2031; there are tables for 2024, 2025, 2026."
    assert (refused.value.detail, refused.value.fields) == (sentence, {"year": [sentence]})


@EVERY
def test_every_status_has_every_figure(table: TaxTable) -> None:
    for figures in (
        table.brackets,
        table.long_term,
        table.standard_deduction,
        table.loss_cap,
        table.niit_threshold,
    ):
        assert set(figures) == set(FilingStatus)


@EVERY
def test_brackets_and_bands_rise(table: TaxTable) -> None:
    for status in FilingStatus:
        *closed, last = table.brackets[status]
        tops = [bracket.top for bracket in closed]
        rates = [bracket.rate for bracket in table.brackets[status]]
        bands = table.long_term[status]

        assert last.top is None
        assert tops == sorted(set(tops), key=lambda top: top or 0)
        assert rates == sorted(set(rates))
        assert Decimal(0) < bands.top_of_0 < bands.top_of_15


@EVERY
def test_a_separate_return_has_half_of_a_joint_one_but_for_the_last_band(table: TaxTable) -> None:
    separate, joint = FilingStatus.MARRIED_SEPARATE, FilingStatus.MARRIED_JOINT

    # IRC 1(j)(2)(D), 1(f)(2)(B), 63(c)(2), 1211(b)(1), 1411(b)(2).
    assert [bracket.top and 2 * bracket.top for bracket in table.brackets[separate]] == [
        bracket.top for bracket in table.brackets[joint]
    ]
    assert 2 * table.long_term[separate].top_of_0 == table.long_term[joint].top_of_0
    for figures in (table.standard_deduction, table.loss_cap, table.niit_threshold):
        assert 2 * figures[separate] == figures[joint]


@EVERY
def test_every_table_names_its_sources(table: TaxTable) -> None:
    assert any(source.startswith("Rev. Proc. ") for source in table.sources)
    assert {"IRC 1(h)", "IRC 1211(b)", "IRC 1411"} <= set(table.sources)


@pytest.mark.parametrize(
    ("year", "single", "joint", "head"),
    [
        (2024, "14600", "29200", "21900"),  # Rev. Proc. 2023-34
        (2025, "15750", "31500", "23625"),  # P.L. 119-21 sec. 70102
        (2026, "16100", "32200", "24150"),  # Rev. Proc. 2025-32
    ],
)
def test_the_standard_deduction_is_the_published_one(year: int, single: str, joint: str, head: str) -> None:
    assert table_of(year).standard_deduction == {
        FilingStatus.SINGLE: Decimal(single),
        FilingStatus.MARRIED_JOINT: Decimal(joint),
        FilingStatus.MARRIED_SEPARATE: Decimal(single),
        FilingStatus.HEAD: Decimal(head),
    }


def test_the_figures_of_the_statute_are_those_of_every_year() -> None:
    for table in TABLES.values():
        assert (table.niit_rate, table.collectibles_rate) == (Decimal("0.038"), Decimal("0.28"))
        assert (table.loss_cap[FilingStatus.HEAD], table.niit_threshold[FilingStatus.HEAD]) == ds(
            3_000,
            200_000,
        )


def test_collectibles_are_ordinary_up_to_the_end_of_the_24_percent_bracket() -> None:
    table = table_of(2025)  # Schedule D Tax Worksheet (2025), line 19

    assert [table.top_below_28(status) for status in FilingStatus] == [197_300, 394_600, 197_300, 197_300]
