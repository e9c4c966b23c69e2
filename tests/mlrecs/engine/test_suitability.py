"""Limits from a risk profile, and orders that never break them."""

import random
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from mlrecs.engine.questionnaire import QUESTIONS, Tolerance, missing_answers, tolerance_of
from mlrecs.engine.suitability import (
    FRACTIONS,
    Account,
    Asset,
    Limits,
    Wanted,
    after,
    band_of,
    fitted_orders,
    limits_of,
    measured,
    violations,
)

SPACE = UUID(int=1)
BOLDEST = {one.key: one.choices[-1].key for one in QUESTIONS}
SECTORS = ("Energy", "Financials", "Health care", "")
PROFILES = 10_000


def asset(symbol: str, price: str = "10", shares: str = "0", **facts: object) -> Asset:
    """A share of a sector of its own unless told otherwise."""
    usual: dict[str, object] = {
        "sector": symbol, "region": "US", "is_equity": True, "is_fund": False,
    }  # fmt: skip
    return Asset(
        key=uuid5(SPACE, symbol), symbol=symbol, price=Decimal(price), shares=Decimal(shares),
        **(usual | facts),  # type: ignore[arg-type]
    )  # fmt: skip


def limits(**changes: object) -> Limits:
    """Those of the middle band."""
    return limits_of(Tolerance(willingness=50, capacity=50), changes)


def weights(**by_symbol: str) -> dict[UUID, Decimal]:
    """Wanted weights by symbol."""
    return {uuid5(SPACE, symbol): Decimal(weight) for symbol, weight in by_symbol.items()}


def told(orders: tuple[Wanted, ...]) -> dict[str, int]:
    """Shares by symbol."""
    return {one.asset.symbol: int(one.shares) for one in orders}


def test_the_boldest_answers_make_a_hundred() -> None:
    assert tolerance_of(BOLDEST) == Tolerance(willingness=100, capacity=100)
    assert missing_answers(BOLDEST) == ()


def test_no_answer_counts_nothing_and_is_missed() -> None:
    assert tolerance_of({}) == Tolerance(willingness=0, capacity=0)
    assert missing_answers({"fall": "what"}) == tuple(one.key for one in QUESTIONS)


@pytest.mark.parametrize("soon", [{"horizon": "3"}, {"needed": "half"}])
def test_money_that_is_needed_soon_stays_in_the_lowest_band(soon: dict[str, str]) -> None:
    tolerance = tolerance_of(BOLDEST | soon)

    assert (tolerance.willingness, tolerance.capacity) == (100, 24)
    assert band_of(tolerance).name == "Very careful"


@pytest.mark.parametrize(
    ("score", "name"),
    [
        (0, "Very careful"),
        (24, "Very careful"),
        (25, "Careful"),
        (45, "Balanced"),
        (65, "Growth"),
        (85, "Bold"),
    ],
)
def test_the_lower_of_willingness_and_capacity_decides(score: int, name: str) -> None:
    assert band_of(Tolerance(willingness=score, capacity=100)).name == name
    assert band_of(Tolerance(willingness=100, capacity=score)).name == name


def test_own_limits_narrow_and_never_widen() -> None:
    narrowed = limits(most_single="0.05", most_sector="0.90", least_cash="0.10", excluded=["xom"])

    assert (narrowed.most_single, narrowed.most_sector, narrowed.least_cash) == (
        Decimal("0.05"), Decimal("0.30"), Decimal("0.10"),
    )  # fmt: skip
    assert narrowed.excluded == {"XOM"}


def test_orders_go_towards_the_weights_in_whole_shares() -> None:
    account = Account(assets=(asset("A", shares="30"), asset("B", "7", "0")), cash=Decimal(700))

    orders = fitted_orders(account, weights(A="0.20", B="0.09"), limits())

    assert told(orders) == {"A": -10, "B": 12}
    assert violations(account, orders, limits()) == ()


def test_a_purchase_stops_at_the_limit_of_a_single_name() -> None:
    account = Account(assets=(asset("A"),), cash=Decimal(1000))

    assert told(fitted_orders(account, weights(A="0.50"), limits())) == {"A": 10}


def test_a_purchase_stops_at_what_the_sector_has_left() -> None:
    account = Account(
        assets=(asset("A", shares="25", sector="Energy"), asset("B", sector="Energy")), cash=Decimal(750)
    )

    assert told(fitted_orders(account, weights(B="0.10"), limits())) == {"B": 5}


def test_beyond_a_limit_one_share_may_be_exchanged_for_another_and_nothing_added() -> None:
    account = Account(
        assets=(asset("A", shares="8"), asset("B", shares="82", is_fund=True), asset("C")), cash=Decimal(100)
    )

    swapped = fitted_orders(account, weights(A="0.02", C="0.10"), limits())
    added = fitted_orders(account, weights(C="0.05"), limits())

    assert (told(swapped), told(added)) == ({"A": -6, "C": 6}, {})
    assert violations(account, swapped, limits()) == ()


def test_an_excluded_share_is_not_bought_but_may_be_sold() -> None:
    account = Account(assets=(asset("A", shares="5"), asset("B")), cash=Decimal(950))
    own = limits(excluded=["A", "B"])

    assert told(fitted_orders(account, weights(A="0", B="0.10"), own)) == {"A": -5}


def test_what_is_broken_already_is_only_brought_nearer() -> None:
    account = Account(assets=(asset("A", shares="50"),), cash=Decimal(500))
    sell, buy = (Wanted(asset=account.assets[0], shares=Decimal(shares)) for shares in (-10, 1))

    assert violations(account, (sell,), limits()) == ()
    assert violations(account, (buy,), limits()) == (
        "A would be 51.00 %, beyond 10 %.",
        "A would be 51.00 %, beyond 30 %.",
    )


def test_each_broken_limit_says_so() -> None:
    account = Account(assets=(asset("A", shares="5"), asset("B", is_locked=True)), cash=Decimal(950))
    one, two = account.assets
    orders = (Wanted(asset=one, shares=Decimal("-5.5")), Wanted(asset=two, shares=Decimal(98)))

    found = violations(account, orders, limits(excluded=["B"]), (Decimal("0.1"), Decimal("0.3")))

    assert found == (
        "A would be traded in parts of shares.",
        "More A would be sold than is held.",
        "B must not be traded now.",
        "B is excluded by the household.",
        "More would be exchanged than one advice may.",
        "What moves with the market would be 97.50 %, beyond 70 %.",
        "B would be 98.00 %, beyond 10 %.",
        "B would be 98.00 %, beyond 30 %.",
        "Too little cash would be left.",
        "The account would move more than suits its holders.",
    )


def test_an_account_worth_nothing_gets_no_orders() -> None:
    account = Account(assets=(asset("A"),), cash=Decimal(0))

    assert fitted_orders(account, weights(A="0.5"), limits()) == ()
    assert measured(account) == {}


def drawn_limits(draw: random.Random) -> Limits:
    """The limits of a random questionnaire, narrowed at random."""
    answers = {one.key: draw.choice(one.choices).key for one in QUESTIONS if draw.random() < 0.95}
    own: dict[str, object] = {name: str(round(draw.random(), 3)) for name in FRACTIONS if draw.random() < 0.2}
    own["excluded"] = draw.sample("ABCDEFGH", draw.randint(0, 2))
    own["excluded_sectors"] = draw.sample(SECTORS[:3], draw.randint(0, 1))
    return limits_of(tolerance_of(answers), own)


def drawn_account(draw: random.Random) -> Account:
    """Up to eight shares, funds and bonds, some with parts of a share, some locked."""
    assets = [
        asset(
            symbol,
            str(draw.randint(1, 90_000) / 100),
            str(draw.choice([0, draw.randint(1, 400), draw.randint(1, 40_000) / 1000])),
            sector=draw.choice(SECTORS),
            region=draw.choice(["US", "Europe", ""]),
            is_equity=draw.random() < 0.8,
            is_fund=draw.random() < 0.3,
            is_locked=draw.random() < 0.1,
        )
        for symbol in "ABCDEFGH"[: draw.randint(1, 8)]
    ]
    return Account(
        assets=tuple(assets), cash=Decimal(draw.randint(-500, 50_000)), fixed=Decimal(draw.randint(0, 5000))
    )


def test_no_limit_is_ever_broken_for_ten_thousand_random_profiles() -> None:
    draw = random.Random(20260302)
    traded = 0
    for number in range(PROFILES):
        account, own = drawn_account(draw), drawn_limits(draw)
        wanted = {one.key: Decimal(str(round(draw.random() ** 2, 4))) for one in account.assets}
        orders = fitted_orders(account, wanted, own)
        broken = violations(account, orders, own) if account.wealth > 0 else ()
        assert broken == (), (number, told(orders), broken)
        assert all(one.shares >= 0 for one in after(account, orders).assets)
        traded += bool(orders)
    assert traded > PROFILES / 2
