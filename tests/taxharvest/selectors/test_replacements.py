"""What a household may hold instead of a position, from the table, its own word and the book's closes."""

import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Household
from portfolios.engine.records import TransactionKind
from portfolios.models import IdentityGroup, IdentityMember, Instrument, Price, TaxPolicy
from portfolios.services.ledger import transactions_record
from taxharvest.engine.harvest.replacements import Replacement, Tag
from taxharvest.models import ReplacementOverride, ReplacementPair
from taxharvest.selectors.replacements import ReplacementDesk, replacement_for
from tests.factories.accounts import HouseholdFactory, UserFactory
from tests.factories.portfolios import InstrumentFactory, PortfolioFactory, parsed, stock
from tests.taxharvest.engine.harvest.losses import candidate

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 27)
COUNT = 100
CENT = Decimal("0.01")


def steps(seed: int, spread: float = 0.01) -> list[float]:
    """Seeded daily returns."""
    generator = random.Random(seed)
    return [generator.gauss(0, spread) for _ in range(COUNT)]


def instrument(symbol: str, returns: Sequence[float] = (), *, last: date = DAY, **facts: Any) -> Instrument:
    """A fund in dollars, with closes that have these returns and end on `last`."""
    made: Instrument = InstrumentFactory(symbol=symbol, **({"asset_class": "fund"} | facts))
    close, rows = Decimal(100), []
    for place, step in enumerate(returns):
        close = (close * Decimal(repr(1 + step))).quantize(CENT)
        day = last - timedelta(days=len(returns) - 1 - place)
        rows.append(Price(instrument=made, day=day, close=close, currency="USD", source="test"))
    Price.objects.bulk_create(rows)
    return made


def row(symbol: str, index: str, other: str, other_index: str, **facts: Any) -> ReplacementPair:
    """A row of the table."""
    values: dict[str, Any] = {
        "asset_class": "US large cap",
        "tag": Tag.GREEN,
        "reason": "Another index.",
        "source": "test",
        "confidence": "memory",
    }
    return ReplacementPair.objects.create(
        symbol=symbol, index=index, other_symbol=other, other_index=other_index, **(values | facts)
    )


def names(found: Sequence[Replacement]) -> list[tuple[str, ...]]:
    """Their symbols."""
    return [one.symbols for one in found]


@pytest.fixture
def household() -> Household:
    """A household without accounts."""
    made: Household = HouseholdFactory()
    return made


@pytest.fixture
def funds(household: Household) -> dict[str, Instrument]:
    """VOO with one fund that is near it, one that is far, and one on the same index; all are shared."""
    market, noise = steps(1), steps(2, 0.004)
    near = [one + other for one, other in zip(market, noise, strict=True)]
    row("VOO", "S&P 500", "FARR", "Far", rank=1)
    row("VOO", "S&P 500", "NEAR", "Near", rank=2)
    row("VOO", "S&P 500", "IVV", "S&P 500", rank=9, tag=Tag.RED)
    return {
        "VOO": instrument("VOO", market),
        "NEAR": instrument("NEAR", near),
        "FARR": instrument("FARR", steps(3)),
        "IVV": instrument("IVV", market),
    }


def test_the_nearest_fund_comes_first_with_its_sample_and_red_never_comes(
    household: Household, funds: dict[str, Instrument]
) -> None:
    found = replacement_for(household.pk, "VOO", DAY, blocked=())

    assert names(found) == [("NEAR",), ("FARR",)]
    near = found[0]
    assert near.parts[0].instrument_id == funds["NEAR"].pk
    assert near.sample == COUNT - 1
    assert near.correlation is not None
    assert near.tracking_error is not None
    assert near.correlation > Decimal("0.85")
    assert Decimal("0.04") < near.tracking_error < Decimal("0.09")
    assert (near.source, near.confidence) == ("test", "memory")


def test_a_candidate_is_asked_for_by_its_instrument(
    household: Household, funds: dict[str, Instrument]
) -> None:
    wanted = candidate(instrument_id=funds["VOO"].pk, symbol="VOO")

    assert names(replacement_for(household.pk, wanted, DAY, blocked=())) == [("NEAR",), ("FARR",)]


def test_what_the_household_does_not_know_has_none(household: Household) -> None:
    assert replacement_for(household.pk, "VOO", DAY, blocked=()) == ()


def test_what_is_blocked_is_left_out_by_symbol_or_instrument(
    household: Household, funds: dict[str, Instrument]
) -> None:
    assert names(replacement_for(household.pk, "VOO", DAY, blocked=["NEAR"])) == [("FARR",)]
    blocked = frozenset([funds["NEAR"].pk])
    assert names(replacement_for(household.pk, "VOO", DAY, blocked=blocked)) == [("FARR",)]


def test_a_fund_whose_closes_are_old_is_left_out(household: Household, funds: dict[str, Instrument]) -> None:
    Price.objects.filter(instrument=funds["NEAR"], day__gt=DAY - timedelta(days=8)).delete()

    assert names(replacement_for(household.pk, "VOO", DAY, blocked=())) == [("FARR",)]


def test_the_household_s_own_group_makes_a_fund_identical_for_it_alone(
    household: Household, funds: dict[str, Instrument]
) -> None:
    group = IdentityGroup.objects.create(household=household, name="As good as one")
    for symbol in ("VOO", "NEAR"):
        IdentityMember.objects.create(group=group, instrument=funds[symbol])
    other = HouseholdFactory()

    assert names(replacement_for(household.pk, "VOO", DAY, blocked=())) == [("FARR",)]
    assert names(replacement_for(other.pk, "VOO", DAY, blocked=())) == [("NEAR",), ("FARR",)]


def test_a_shared_group_holds_for_everybody(household: Household, funds: dict[str, Instrument]) -> None:
    group = IdentityGroup.objects.create(name="As good as one")
    for symbol in ("VOO", "NEAR"):
        IdentityMember.objects.create(group=group, instrument=funds[symbol])

    assert names(replacement_for(household.pk, "VOO", DAY, blocked=())) == [("FARR",)]


def test_funds_of_one_tracked_index_are_one_unless_the_policy_says_otherwise(
    household: Household, funds: dict[str, Instrument]
) -> None:
    Instrument.objects.filter(symbol__in=["VOO", "NEAR"]).update(tracked_index="S&P 500")

    assert names(replacement_for(household.pk, "VOO", DAY, blocked=())) == [("FARR",)]

    TaxPolicy.objects.create(household=household, same_index_identical=False)
    assert names(replacement_for(household.pk, "VOO", DAY, blocked=())) == [("NEAR",), ("FARR",)]


def test_words_hold_for_whom_they_were_said(household: Household, funds: dict[str, Instrument]) -> None:
    author, other = UserFactory(), HouseholdFactory()
    word = {"symbol": "VOO", "set_by": author, "reason": "My word."}
    ReplacementOverride.objects.create(other_symbol="NEAR", verdict="forbid", **word)
    ReplacementOverride.objects.create(household=household, other_symbol="NEAR", verdict="allow", **word)
    ReplacementOverride.objects.create(household=household, other_symbol="FARR", verdict="forbid", **word)

    assert names(replacement_for(household.pk, "VOO", DAY, blocked=())) == [("NEAR",)]
    assert names(replacement_for(other.pk, "VOO", DAY, blocked=())) == [("FARR",)]


def test_a_fund_that_the_book_does_not_know_is_offered_by_its_symbol(
    household: Household, funds: dict[str, Instrument]
) -> None:
    row("VOO", "S&P 500", "NEW", "New")

    found = replacement_for(household.pk, "VOO", DAY, blocked=())

    assert names(found) == [("NEAR",), ("FARR",), ("NEW",)]
    assert (found[2].parts[0].instrument_id, found[2].correlation, found[2].sample) == (None, None, 0)


def test_another_household_s_instrument_is_not_known(
    household: Household, funds: dict[str, Instrument]
) -> None:
    Instrument.objects.filter(symbol="NEAR").update(household=HouseholdFactory())

    assert replacement_for(household.pk, "VOO", DAY, blocked=())[1].parts[0].instrument_id is None


def test_one_that_has_closes_goes_before_a_twin_that_has_none(
    household: Household, funds: dict[str, Instrument]
) -> None:
    instrument("NEAR", household=household)

    assert replacement_for(household.pk, "VOO", DAY, blocked=())[0].parts[0].instrument_id == funds["NEAR"].pk


def test_a_fund_in_another_currency_is_not_the_one_meant(
    household: Household, funds: dict[str, Instrument]
) -> None:
    Instrument.objects.filter(symbol="NEAR").update(currency="EUR")

    assert replacement_for(household.pk, "VOO", DAY, blocked=())[1].parts[0].instrument_id is None


def test_a_split_in_the_ledger_is_no_swing(household: Household, funds: dict[str, Instrument]) -> None:
    """Closes before the split stand at twice what they are today."""
    portfolio = PortfolioFactory(household=household)
    half = DAY - timedelta(days=50)
    for price in Price.objects.filter(instrument=funds["NEAR"], day__lt=half):
        Price.objects.filter(pk=price.pk).update(close=price.close * 2)
    before = replacement_for(household.pk, "VOO", DAY, blocked=())
    split = parsed(
        TransactionKind.SPLIT,
        half,
        instrument=stock("NEAR", asset_class="fund"),
        quantity=Decimal(0),
        ratio_new=Decimal(2),
        ratio_old=Decimal(1),
    )
    transactions_record(portfolio=portfolio, parsed=[split], source="test")

    after = replacement_for(household.pk, "VOO", DAY, blocked=())

    swung = next(one.correlation for one in before if one.symbols == ("NEAR",))
    steady = next(one.correlation for one in after if one.symbols == ("NEAR",))
    assert swung is not None
    assert steady is not None
    assert swung < Decimal("0.5") < Decimal("0.85") < steady


def share(symbol: str, seed: int, market: Sequence[float], sector: str = "Energy") -> Instrument:
    """A share that moves with the market and by itself."""
    returns = [one + other for one, other in zip(market, steps(seed, 0.005), strict=True)]
    return instrument(symbol, returns, asset_class="stock", sector=sector)


@pytest.fixture
def shares(household: Household) -> dict[str, Instrument]:
    """Four oil companies, one of which the book has no closes of, and one that sells drinks."""
    market = steps(1)
    row("VDE", "MSCI Energy", "XLE", "Select Energy", asset_class="Energy")
    return {
        **{symbol: share(symbol, seed, market) for seed, symbol in enumerate(("CVX", "RRC", "XOM"), 10)},
        "OXY": instrument("OXY", asset_class="stock", sector="Energy"),
        "KO": share("KO", 20, market, sector="Consumer staples"),
    }


def test_a_share_is_replaced_by_a_basket_of_its_sector_or_a_fund_of_it(
    household: Household, shares: dict[str, Instrument]
) -> None:
    found = replacement_for(household.pk, "XOM", DAY, blocked=())

    assert names(found) == [("CVX", "RRC"), ("VDE",), ("XLE",)]
    basket = found[0]
    assert [part.instrument_id for part in basket.parts] == [shares["CVX"].pk, shares["RRC"].pk]
    assert sum(part.share for part in basket.parts) == 1
    assert basket.sample == COUNT - 1
    assert basket.tag is Tag.GREEN


def test_one_share_left_of_a_sector_is_no_basket(household: Household, shares: dict[str, Instrument]) -> None:
    found = replacement_for(household.pk, "XOM", DAY, blocked=["RRC"])

    assert names(found) == [("VDE",), ("XLE",)]


def test_without_baskets_the_funds_are_left(household: Household, shares: dict[str, Instrument]) -> None:
    found = replacement_for(household.pk, "XOM", DAY, blocked=(), makes_baskets=False)

    assert names(found) == [("VDE",), ("XLE",)]


def test_a_share_alone_in_its_sector_has_a_broad_fund(
    household: Household, shares: dict[str, Instrument], funds: dict[str, Instrument]
) -> None:
    found = replacement_for(household.pk, "KO", DAY, blocked=())

    assert names(found) == [("VOO",)]
    assert found[0].reason == "A broad fund: near the market, not the sector."


def test_a_word_adds_a_share_to_what_may_replace_one(
    household: Household, shares: dict[str, Instrument]
) -> None:
    ReplacementOverride.objects.create(
        household=household,
        symbol="KO",
        other_symbol="XOM",
        verdict="allow",
        reason="Why not.",
        set_by=UserFactory(),
    )

    assert names(replacement_for(household.pk, "KO", DAY, blocked=())) == [("XOM",)]


def test_the_volatility_comes_from_the_closes(household: Household, funds: dict[str, Instrument]) -> None:
    desk = ReplacementDesk([household.pk], DAY)
    bare = instrument("BARE")

    found = desk.volatility(household.pk, funds["VOO"].pk)

    assert found is not None
    assert Decimal("0.12") < found < Decimal("0.20")
    assert desk.volatility(household.pk, bare.pk) is None


def test_many_households_are_asked_about_with_one_reading(
    funds: dict[str, Instrument],
    shares: dict[str, Instrument],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    households: list[UUID] = [HouseholdFactory().pk for _ in range(20)]

    with django_assert_num_queries(8):
        desk = ReplacementDesk(households, DAY)
        desk.learn(["VOO"])
        found = {names(desk.offers(key, "VOO"))[0] for key in households}

    assert found == {("NEAR",)}
    # The closes of the shares and of what the funds of the sector are: one more.
    with django_assert_num_queries(1):
        assert {len(desk.offers(key, "XOM")) for key in households} == {4}


def test_going_on_with_other_households_reads_only_what_is_theirs(
    household: Household, funds: dict[str, Instrument], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other: Household = HouseholdFactory()
    own = instrument("OWNED", steps(5), household=other)
    ReplacementOverride.objects.create(
        household=other, symbol="VOO", other_symbol="NEAR", verdict="forbid", reason="Not for us.",
        set_by=UserFactory(),
    )  # fmt: skip
    row("OWNED", "Own", "FARR", "Far")
    desk = ReplacementDesk([household.pk], DAY)
    desk.learn(["VOO"])
    assert names(desk.offers(household.pk, "VOO")) == [("NEAR",), ("FARR",)]

    with django_assert_num_queries(6):
        desk.turn_to([other.pk])

    assert names(desk.offers(other.pk, "VOO")) == [("FARR",)]
    assert names(desk.offers(other.pk, "OWNED", instrument_id=own.pk)) == [("FARR",)]
    with django_assert_num_queries(5):
        desk.turn_to([household.pk])
    assert desk.offers(household.pk, "OWNED") == ()
    assert names(desk.offers(household.pk, "VOO")) == [("NEAR",), ("FARR",)]


def test_asking_for_funds_loads_no_arrays() -> None:
    program = (
        "import django; django.setup();"
        "import taxharvest.selectors.replacements, sys;"
        "print([name for name in ('numpy', 'scipy') if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"DJANGO_SETTINGS_MODULE": "wealthalloc.settings.test"},
    )

    assert answer.stdout.strip() == "[]", answer.stderr
