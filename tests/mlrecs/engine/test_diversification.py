"""Where an account leans too much, and what brings it back."""

from decimal import Decimal
from uuid import UUID, uuid5

from mlrecs.engine.diversification import broad_fund, leans, overlap_of, spread_again
from mlrecs.engine.questionnaire import Tolerance
from mlrecs.engine.reasons import ReasonCode
from mlrecs.engine.suitability import Account, Asset, Limits, limits_of

SPACE = UUID(int=2)


def held(symbol: str, shares: str, **facts: object) -> Asset:
    """Shares at 10 each."""
    usual: dict[str, object] = {"sector": "", "region": "", "is_equity": True, "is_fund": False}
    return Asset(
        key=uuid5(SPACE, symbol), symbol=symbol, price=Decimal(10), shares=Decimal(shares),
        **(usual | facts),  # type: ignore[arg-type]
    )  # fmt: skip


def limits(**own: object) -> Limits:
    """Single shares to 10 %, sectors to 30 %."""
    return limits_of(Tolerance(willingness=50, capacity=50), own)


ACCOUNT = Account(
    assets=(
        held("XOM", "25", sector="Energy", region="US"),
        held("CVX", "10", sector="Energy", region="US"),
        held("KO", "5", sector="Staples", region="US"),
        held("VOO", "40", is_fund=True, region="US"),
        held("NESN", "0", sector="Staples", region="CH"),
    ),
    cash=Decimal(200),
)


def test_a_share_and_a_sector_beyond_their_limits_are_found_the_worst_first() -> None:
    found = leans(ACCOUNT, limits(), {})

    assert [(one.code, one.name, one.weight, one.most) for one in found] == [
        (ReasonCode.SINGLE_NAME_TOO_LARGE, "XOM", Decimal("0.25"), Decimal("0.10")),
        (ReasonCode.SECTOR_TOO_LARGE, "Energy", Decimal("0.35"), Decimal("0.30")),
    ]
    assert found[1].subject == "sector_too_large:Energy"


def test_a_fund_is_no_single_share_but_counts_in_its_region() -> None:
    found = leans(ACCOUNT, limits(most_region="0.60"), {})

    assert ("US", Decimal("0.80")) in [(one.name, one.weight) for one in found]
    assert "VOO" not in [one.name for one in found]


def test_a_target_of_the_household_that_is_stricter_goes_before_the_limit() -> None:
    targets = {"Energy": (Decimal("0.15"), Decimal("0.05")), "Staples": (Decimal("0.02"), Decimal("0.05"))}
    found = {one.name: one for one in leans(ACCOUNT, limits(), targets)}

    assert found["Energy"].most == Decimal("0.15")
    assert found["Energy"].rule == "the household’s target of 15 % for Energy, within 5 %"
    assert "Staples" not in found  # 5 % is within 2 % and its band of 5 %


def test_what_is_too_much_goes_back_in_proportion_and_into_one_fund() -> None:
    sector = leans(ACCOUNT, limits(), {})[1]
    fund = ACCOUNT.assets[3]

    wanted = spread_again(ACCOUNT, sector, fund)

    assert {key: round(weight, 6) for key, weight in wanted.items()} == {
        ACCOUNT.assets[0].key: Decimal("0.214286"),
        ACCOUNT.assets[1].key: Decimal("0.085714"),
        fund.key: Decimal("0.450000"),
    }


def test_a_fund_on_an_index_that_is_held_takes_what_is_freed() -> None:
    index, other = held("IVV", "1", is_fund=True), held("QUAL", "50", is_fund=True)
    bonds = held("BND", "50", is_fund=True, is_equity=False)

    assert broad_fund([other, bonds, index], {index.key: "S&P 500"}, limits()) == index
    assert broad_fund([bonds, other], {}, limits()) == other
    assert broad_fund([other], {}, limits(excluded=["QUAL"])) is None


def test_of_two_funds_on_the_same_the_larger_is_kept() -> None:
    small, large = held("IVV", "10", is_fund=True), held("VOO", "40", is_fund=True)
    account = Account(assets=(small, large), cash=Decimal(0))

    assert overlap_of(account, (small.key, large.key)) == (large, small)


def test_an_account_worth_nothing_leans_nowhere() -> None:
    assert leans(Account(assets=(), cash=Decimal(0)), limits(), {}) == ()
