"""Long-term gains, qualified dividends and collectibles stacked on ordinary income."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from taxharvest.engine.long_term import IncomeTax, Preferred, income_tax
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.tables.registry import TABLES, table_of
from tests.taxharvest.engine.tax_years import ds

D = Decimal
AMOUNTS = st.decimals(0, 900_000, places=2)
STATUSES = st.sampled_from(list(FilingStatus))
YEARS = st.sampled_from(sorted(TABLES))


def tax_2025(taxable: str, *, dividends: str = "0", gain: str = "0", collectibles: str = "0") -> IncomeTax:
    return income_tax(
        D(taxable),
        Preferred(qualified_dividends=D(dividends), net_capital_gain=D(gain), rate_28_gain=D(collectibles)),
        status=FilingStatus.SINGLE,
        table=table_of(2025),
    )


def test_gains_and_dividends_lie_on_top_of_ordinary_income() -> None:
    found = tax_2025("60000", dividends="4000", gain="16000")

    assert (found.ordinary, found.at_0, found.at_15, found.at_20, found.at_28) == ds(
        40_000,
        8_350,
        11_650,
        0,
        0,
    )
    # 1,192.50 + 12 % of 28,075 (3,369) = 4,561.50; 15 % of 11,650 = 1,747.50.
    assert found.tax == D("6309.00")


def test_a_gain_can_reach_over_all_three_bands() -> None:
    found = tax_2025("600000", gain="590000")

    assert (found.ordinary, found.at_0, found.at_15, found.at_20) == ds(10_000, 38_350, 485_050, 66_600)
    # 1,000 + 72,757.50 + 13,320
    assert found.tax == D("87077.50")


def test_collectibles_gain_counts_no_further_than_the_net_capital_gain() -> None:
    found = tax_2025("300000", dividends="10000", gain="20000", collectibles="50000")

    assert (found.ordinary, found.at_15, found.at_28) == ds(270_000, 10_000, 20_000)


def test_collectibles_at_28_percent_never_cost_more_than_ordinary_rates() -> None:
    found = tax_2025("300000", gain="60000", collectibles="60000")

    assert (found.by_bands, found.by_brackets, found.tax) == (D("70663.00"), D("74547.25"), D("70663.00"))


def test_ordinary_rates_apply_where_the_bands_would_cost_more() -> None:
    found = tax_2025("48475", gain="125")

    assert (found.by_bands, found.by_brackets, found.tax) == (D("5582.25"), D("5578.50"), D("5578.50"))


@given(year=YEARS, status=STATUSES, taxable=AMOUNTS, dividends=AMOUNTS, gain=AMOUNTS, collectibles=AMOUNTS)
def test_the_parts_add_up_and_none_is_negative(
    *,
    year: int,
    status: FilingStatus,
    taxable: Decimal,
    dividends: Decimal,
    gain: Decimal,
    collectibles: Decimal,
) -> None:
    preferred = Preferred(qualified_dividends=dividends, net_capital_gain=gain, rate_28_gain=collectibles)
    found = income_tax(taxable, preferred, status=status, table=table_of(year))

    parts = (found.ordinary, found.at_0, found.at_15, found.at_20, found.at_28)
    assert sum(parts) == taxable
    assert min(parts) >= 0
    assert found.at_0 + found.at_15 + found.at_20 <= preferred.below_28
    assert found.at_28 <= min(gain, collectibles)


@given(YEARS, STATUSES, AMOUNTS, AMOUNTS, AMOUNTS)
def test_a_preferred_rate_never_raises_the_tax(
    year: int, status: FilingStatus, taxable: Decimal, gain: Decimal, collectibles: Decimal
) -> None:
    def tax(preferred: Preferred) -> Decimal:
        return income_tax(taxable, preferred, status=status, table=table_of(year)).tax

    long = tax(Preferred(net_capital_gain=gain))

    assert long <= tax(Preferred(net_capital_gain=gain, rate_28_gain=collectibles)) <= tax(Preferred())
