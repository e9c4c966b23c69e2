"""What no model finds is found by rule, on planted closes and on real ones."""

import numpy as np
import pytest

from mlrecs.quant.price_rules import (
    Finding,
    bad_ticks,
    creeps,
    missed_splits,
    price_findings,
    stale_prices,
)
from mlrecs.quant.universe import universe_returns


def made_closes(days: int = 120, *, size: float = 0.01) -> list[float]:
    """Closes that go up and down by turns, a little more up on some days."""
    steps = [size * (1 if day % 2 else -1) * (1 + day % 3 / 10) for day in range(days - 1)]
    return [float(close) for close in 100 * np.exp(np.cumsum([0.0, *steps]))]


def test_closes_that_only_move_have_no_finding() -> None:
    assert price_findings(made_closes()) == []


def test_a_price_that_stands_still_for_five_days_is_stale() -> None:
    closes = made_closes()
    closes[50:56] = [95.0] * 6
    assert stale_prices(closes) == [
        Finding(kind="stale_price", first=51, last=55, words="The close did not move for 5 days.")
    ]
    closes[53] += 0.01
    assert stale_prices(closes) == []


def test_a_price_that_jumps_and_returns_is_a_bad_tick() -> None:
    closes = made_closes()
    closes[80] *= 1.3
    (found,) = bad_ticks(closes)
    assert (found.kind, found.first, found.last) == ("bad_tick", 80, 80)
    assert found.words.startswith("The close jumped by +")


def test_a_jump_that_stays_is_no_bad_tick() -> None:
    closes = made_closes()
    assert bad_ticks([*closes[:80], *(close * 1.3 for close in closes[80:])]) == []


def test_ten_days_in_one_direction_are_a_drift() -> None:
    closes = made_closes()
    for day in range(70, 82):
        closes[day:] = [close * 1.02 for close in closes[day:]]
    (found,) = creeps(closes)
    assert (found.kind, found.first, found.last) == ("drift", 70, 81)
    assert found.words.startswith("12 days in one direction, +")


def test_a_split_that_the_book_has_not_is_missed() -> None:
    closes = made_closes()
    split = [*closes[:90], *(close / 4 for close in closes[90:])]
    assert missed_splits(split) == [
        Finding(
            kind="missed_split",
            first=90,
            last=90,
            words="The price changed as in a split of 4 for 1 that the book does not have.",
        )
    ]
    assert missed_splits(split, known=[90]) == []


def test_a_reverse_split_is_missed_too() -> None:
    closes = made_closes()
    (found,) = missed_splits([*closes[:90], *(close * 10 for close in closes[90:])])
    assert "split of 1 for 10" in found.words


def test_a_crash_of_a_third_is_no_split_where_such_days_are_usual() -> None:
    closes = made_closes(size=0.06)
    assert missed_splits([*closes[:90], *(close * 2 / 3 for close in closes[90:])]) == []


def test_too_few_days_say_nothing() -> None:
    closes = made_closes(15)
    closes[8] *= 2
    assert (bad_ticks(closes), missed_splits(closes)) == ([], [])


@pytest.mark.parametrize("symbol", ["AAPL", "JNJ", "XOM"])
def test_thirty_two_years_of_real_closes_have_hardly_a_finding(symbol: str) -> None:
    _, symbols, returns = universe_returns()
    closes = 100 * np.exp(np.cumsum(returns[:, symbols.index(symbol)]))
    found = [one for one in price_findings(closes.tolist()) if one.kind != "drift"]
    assert len(found) <= 3
