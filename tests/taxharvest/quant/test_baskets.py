"""Baskets of shares: what they are made of, and that they follow."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest

from taxharvest.quant.baskets import LEAST_SHARE, basket_of
from taxharvest.quant.tracking import LEAST_SAMPLE

D = Decimal
FIRST = date(2026, 1, 1)
Returns = dict[str, dict[date, float]]


def market(exposures: Mapping[str, tuple[float, float, float]], count: int = 500, seed: int = 7) -> Returns:
    """Returns of names by exposure to a market and a sector, and by how much of them is their own."""
    generator = random.Random(seed)
    found: Returns = {name: {} for name in exposures}
    for place in range(count):
        whole, sector = generator.gauss(0, 0.01), generator.gauss(0, 0.008)
        for name, (beta, lean, own) in exposures.items():
            day = FIRST + timedelta(days=place)
            found[name][day] = beta * whole + lean * sector + generator.gauss(0, own)
    return found


OILS = {
    "XOM": (1.0, 1.0, 0.004),
    "CVX": (1.0, 1.0, 0.004),
    "OXY": (1.2, 1.1, 0.004),
    "RRC": (0.9, 0.9, 0.03),
    "KO": (0.7, 0.0, 0.004),
    "PG": (0.7, 0.0, 0.004),
    "JPM": (1.1, 0.0, 0.004),
    "HD": (1.0, 0.0, 0.004),
}
SECTOR = ["CVX", "OXY", "RRC", "XOM"]


def test_the_shares_are_positive_and_add_up_to_one() -> None:
    basket = basket_of("XOM", market(OILS), SECTOR)

    assert basket is not None
    assert sum(share for _, share in basket.shares) == 1
    assert all(share >= Decimal(str(LEAST_SHARE)) for _, share in basket.shares)
    assert "XOM" not in dict(basket.shares)
    assert basket.sample == 500


def test_the_basket_leans_to_what_moves_like_the_sold_share() -> None:
    basket = basket_of("XOM", market(OILS), SECTOR)

    assert basket is not None
    shares = dict(basket.shares)
    assert shares["CVX"] > shares.get("OXY", D(0)) > shares.get("RRC", D(0))
    assert basket.correlation is not None
    assert basket.correlation > D("0.85")


def test_it_follows_better_than_any_of_its_names_alone() -> None:
    """The model's tracking error is least over all long-only weights: no single name beats it."""
    returns = market(OILS)
    basket = basket_of("XOM", returns, SECTOR)
    singles = [basket_of("XOM", returns, SECTOR, most=1)]

    assert basket is not None
    assert all(one is not None and one.model_error >= basket.model_error for one in singles)


def test_the_tracking_error_is_that_of_the_days() -> None:
    returns = market(OILS, count=700)
    basket = basket_of("XOM", returns, SECTOR)

    assert basket is not None
    days = sorted(returns["XOM"])
    apart = [
        sum(float(share) * returns[name][day] for name, share in basket.shares) - returns["XOM"][day]
        for day in days
    ]
    mean = sum(apart) / len(apart)
    there = (sum((one - mean) ** 2 for one in apart) / (len(apart) - 1) * 252) ** 0.5
    # The shares are rounded to a hundredth of a per cent.
    assert float(basket.tracking_error) == pytest.approx(there, rel=1e-3)


def test_no_more_names_than_asked_for() -> None:
    names = {f"S{place}": (1.0, 1.0, 0.01) for place in range(9)} | OILS
    found = basket_of("XOM", market(names), [name for name in names if name.startswith("S")], most=5)

    assert found is not None
    assert len(found.shares) == 5


def test_equal_closes_give_equal_baskets() -> None:
    returns = market(OILS)
    shuffled = {name: dict(reversed(days.items())) for name, days in reversed(returns.items())}

    assert basket_of("XOM", returns, SECTOR) == basket_of("XOM", shuffled, list(reversed(SECTOR)))


def test_one_name_is_no_basket() -> None:
    assert basket_of("XOM", market(OILS), ["CVX", "XOM"]) is None


def test_too_few_days_are_no_basket() -> None:
    assert basket_of("XOM", market(OILS, count=LEAST_SAMPLE - 1), SECTOR) is None


def test_a_name_with_too_few_days_is_left_out() -> None:
    returns = market(OILS)
    returns["CVX"] = dict(list(returns["CVX"].items())[: LEAST_SAMPLE - 1])

    basket = basket_of("XOM", returns, SECTOR)

    assert basket is not None
    assert "CVX" not in dict(basket.shares)


def test_names_that_share_too_few_days_are_no_basket() -> None:
    returns = market(OILS)
    early, late = list(returns["CVX"].items())[:100], list(returns["OXY"].items())[-100:]

    assert basket_of("XOM", returns | {"CVX": dict(early), "OXY": dict(late)}, ["CVX", "OXY"]) is None


def test_a_share_that_nothing_is_known_of_has_no_basket() -> None:
    assert basket_of("ABC", market(OILS), SECTOR) is None


def test_a_share_that_does_not_move_has_no_correlation() -> None:
    returns = market(OILS)
    returns["XOM"] = dict.fromkeys(returns["XOM"], 0.0)

    basket = basket_of("XOM", returns, SECTOR)

    assert basket is not None
    assert basket.correlation is None
