"""The table of index funds: what an import finds in it, what it leaves alone, and the desk's action."""

import pytest

from accounts.models import Household
from portfolios.engine.records import InstrumentFacts
from portfolios.models import Instrument
from portfolios.services.index_funds import FUNDS_BY_INDEX, TRACKED_INDEX, tracked_index
from portfolios.services.instruments import InstrumentResolver, indices_name


@pytest.fixture
def household(db: None) -> Household:
    return Household.objects.create(name="Index")


def brought(household: Household, **facts: str) -> Instrument:
    resolver = InstrumentResolver(household.pk)
    fact = InstrumentFacts(**facts)  # type: ignore[arg-type]
    resolver.create_missing([fact])
    return resolver.resolve(fact)


def test_each_symbol_stands_under_one_index() -> None:
    assert len(TRACKED_INDEX) == sum(len(symbols.split()) for symbols in FUNDS_BY_INDEX.values())


@pytest.mark.parametrize(
    ("facts", "index"),
    [
        ({"symbol": "VOO", "asset_class": "fund"}, "S&P 500"),
        ({"symbol": "ivv", "isin": "US4642872000"}, "S&P 500"),
        ({"symbol": "AAPL"}, ""),
        ({"symbol": "VOO", "asset_class": "option"}, ""),
        ({"symbol": "VB", "isin": "DE0001234567"}, ""),
    ],
)
def test_a_fund_is_known_by_its_symbol_in_dollars_and_of_the_united_states(
    facts: dict[str, str], index: str
) -> None:
    assert tracked_index(InstrumentFacts(currency="USD", **facts)) == index  # type: ignore[arg-type]
    assert tracked_index(InstrumentFacts(currency="AUD", **facts)) == ""  # type: ignore[arg-type]


def test_an_import_names_the_index_and_a_broker_that_says_share_means_the_fund(household: Household) -> None:
    fund = brought(household, symbol="SPY", currency="USD", asset_class="stock")
    share = brought(household, symbol="XOM", currency="USD", asset_class="stock")

    assert (fund.tracked_index, fund.asset_class) == ("S&P 500", "fund")
    assert (share.tracked_index, share.asset_class) == ("", "stock")


def test_older_rows_are_named_once_and_what_an_operator_wrote_stays(household: Household) -> None:
    old = Instrument.objects.create(household=household, symbol="VTI", currency="USD", asset_class="stock")
    mended = Instrument.objects.create(
        household=household, symbol="AGG", currency="USD", asset_class="fund", tracked_index="Own words"
    )

    assert indices_name([old, mended], actor_id=None) == [old]
    old.refresh_from_db()
    mended.refresh_from_db()
    assert (old.tracked_index, old.asset_class) == ("CRSP US Total Market", "fund")
    assert mended.tracked_index == "Own words"
    assert indices_name([old, mended], actor_id=None) == []
