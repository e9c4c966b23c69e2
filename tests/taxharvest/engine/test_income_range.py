"""Bounds of a tax over every income."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from taxharvest.engine.income_range import TaxRange, incomes_to_try, range_of, tax_difference
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.tables.registry import TABLES, table_of
from taxharvest.engine.year_taxes import without_investments
from tests.taxharvest.engine.tax_years import D, ds, tax_year

GAINS = st.decimals(-30_000, 80_000, places=2)
SMALL = st.decimals(0, 40_000, places=2)
INCOMES = st.decimals(0, 900_000, places=2)


def test_bounds_are_the_least_and_the_most() -> None:
    found = range_of([D(3), D(-1), D(2)])

    assert (found, found.exact) == (TaxRange(lowest=D(-1), highest=D(3)), None)
    assert range_of([D(2), D(2)]).exact == 2


def test_a_known_income_is_the_only_one_to_try() -> None:
    year = tax_year(ordinary_income="90000", long_gain="5000")

    assert incomes_to_try(year, without_investments(year), table_of(2025)) == ds(90_000)


def test_no_income_below_its_own_known_part_is_tried() -> None:
    year = tax_year(ordinary_income=None, other_investment_income="70000", long_gain="10000")

    assert min(incomes_to_try(year, without_investments(year), table_of(2025))) == 70_000
    # At 70,000 and more the gain is past the 0 % band: 15 % at the least.
    assert tax_difference(year, without_investments(year), table_of(2025)).income_tax.lowest == 1_500


def test_the_bounds_find_the_income_where_bands_and_brackets_change_places() -> None:
    year = tax_year(ordinary_income=None, long_gain="200", deductions="0")
    found = tax_difference(year, without_investments(year), table_of(2025))

    # With an ordinary income of 48,350 - x the 200 cost at most 15 %, or by brackets 12 % up to 48,475 and
    # 22 % beyond: never more than 15 % of 200 below the last band, 20 % above it.
    assert (found.income_tax.lowest, found.income_tax.highest) == ds(0, 40)


@given(
    status=st.sampled_from(list(FilingStatus)),
    year=st.sampled_from(sorted(TABLES)),
    short=GAINS,
    long=GAINS,
    collectibles=SMALL,
    dividends=SMALL,
    income=INCOMES,
)
def test_the_tax_at_any_income_lies_between_the_bounds(
    *,
    status: FilingStatus,
    year: int,
    short: Decimal,
    long: Decimal,
    collectibles: Decimal,
    dividends: Decimal,
    income: Decimal,
) -> None:
    fields = {
        "year": year,
        "filing_status": status,
        "short_gain": short,
        "long_gain": long,
        "collectibles_gain": collectibles,
        "qualified_dividends": dividends,
        "state_rate": D("0.05"),
        "deductions": None,
    }
    table = table_of(year)
    unknown, known = tax_year(ordinary_income=None, **fields), tax_year(ordinary_income=income, **fields)
    bounds = tax_difference(unknown, without_investments(unknown), table)
    exact = tax_difference(known, without_investments(known), table)

    assert bounds.state is not None
    assert exact.state is not None
    for outer, inner in (
        (bounds.income_tax, exact.income_tax),
        (bounds.investment_tax, exact.investment_tax),
        (bounds.state, exact.state),
        (bounds.total, exact.total),
    ):
        assert outer.lowest <= inner.lowest == inner.highest <= outer.highest


@given(GAINS, GAINS, SMALL)
def test_each_bound_is_reached_by_some_income(short: Decimal, long: Decimal, dividends: Decimal) -> None:
    unknown = tax_year(ordinary_income=None, short_gain=short, long_gain=long, qualified_dividends=dividends)
    table = table_of(2025)
    bounds = tax_difference(unknown, without_investments(unknown), table).total
    reached = []
    for income in incomes_to_try(unknown, without_investments(unknown), table):
        known = tax_year(
            ordinary_income=income, short_gain=short, long_gain=long, qualified_dividends=dividends
        )
        reached.append(tax_difference(known, without_investments(known), table).total.exact)

    assert bounds.lowest in reached
    assert bounds.highest in reached
