"""Features: nothing later than a row's day reaches it, and faulty series are left out by rule."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest

from mlrecs.engine.return_table import ReturnTable, SeriesFault
from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.features import (
    FrozenScaler,
    Split,
    embargoed_splits,
    ewma_volatility,
    standardised,
    usable_returns,
    windows,
    yearly_splits,
)

ROWS, PRESENT = 400, 300
GOOD, OTHER = UUID(int=1), UUID(int=2)


def made_returns(seed: int = 1) -> FloatArray:
    return np.random.default_rng(seed).normal(0, 0.01, (ROWS, 3))


def shuffled_future(returns: FloatArray) -> FloatArray:
    """The same until `PRESENT`, everything later in another order and ten times as wild."""
    later = list(returns[PRESENT:] * 10)
    random.Random(7).shuffle(later)
    return np.concatenate([returns[:PRESENT], np.array(later)])


def features_until(returns: FloatArray, row: int) -> tuple[bytes, ...]:
    """Every feature of the rows before `row`, with the scaler frozen on the rows of the first split."""
    split = next(embargoed_splits(len(returns), first_test=200, test_rows=100, embargo=30))
    scaled = FrozenScaler.fit(returns[split.train]).apply(returns)
    return (
        scaled[:row].tobytes(),
        windows(scaled, 30)[: row - 29].tobytes(),
        ewma_volatility(returns)[: row + 1].tobytes(),
        standardised(returns)[:row].tobytes(),
    )


def test_shuffling_the_future_changes_nothing_before_it() -> None:
    returns = made_returns()

    assert features_until(shuffled_future(returns), PRESENT) == features_until(returns, PRESENT)
    assert features_until(shuffled_future(returns), PRESENT + 1) != features_until(returns, PRESENT + 1)


def test_a_scaler_stays_as_it_was_fitted() -> None:
    scaler = FrozenScaler.fit(np.array([[1.0, 5.0], [3.0, 5.0]]))

    assert scaler.apply(np.array([[4.0, 7.0]])).tolist() == [[2.0, 2.0]]
    assert scaler.undo(np.array([[2.0, 2.0]])).tolist() == [[4.0, 7.0]]
    assert FrozenScaler.from_json(scaler.to_json()).to_json() == {
        "means": [2.0, 5.0],
        "deviations": [1.0, 1.0],
    }


def test_a_window_ends_with_its_own_day() -> None:
    found = windows(np.arange(8.0).reshape(4, 2), 3)

    assert found.tolist() == [[[0, 1], [2, 3], [4, 5]], [[2, 3], [4, 5], [6, 7]]]
    with pytest.raises(ValueError, match="needs as many"):
        windows(np.zeros((2, 1)), 3)


def test_splits_keep_the_embargo_between_learning_and_testing() -> None:
    assert list(embargoed_splits(10, first_test=5, test_rows=3, embargo=2)) == [
        Split(train=slice(0, 3), test=slice(5, 8)),
        Split(train=slice(0, 6), test=slice(8, 10)),
    ]
    with pytest.raises(ValueError, match="Nothing is left"):
        list(embargoed_splits(10, first_test=2, test_rows=3, embargo=2))


def test_yearly_splits_follow_the_calendar() -> None:
    days = [date(2020, 12, 29) + timedelta(days=place) for place in range(6)]

    assert list(yearly_splits(days, first_year=2021, embargo=1)) == [
        Split(train=slice(0, 2), test=slice(3, 6))
    ]
    assert list(yearly_splits(days, first_year=2021, embargo=3)) == []


def test_the_volatility_of_a_day_is_what_the_days_before_it_say() -> None:
    found = ewma_volatility(np.array([0.01, -0.01, 0.05, 0.0]), seed_days=2)

    assert found.round(6).tolist() == [0.01, 0.01, 0.01, 0.015620, 0.015145]


def test_what_never_moved_has_no_standardised_return() -> None:
    assert standardised(np.zeros((70, 2))).tolist() == np.zeros((70, 2)).tolist()


def table_of(*columns: Sequence[float | None]) -> ReturnTable:
    return ReturnTable(
        days=tuple(date(2026, 1, 1) + timedelta(days=place) for place in range(len(columns[0]))),
        instrument_ids=tuple(UUID(int=place + 1) for place in range(len(columns))),
        values=tuple(zip(*columns, strict=True)),
    )


def moving(count: int = 100) -> list[float | None]:
    return [0.01 if place % 2 else -0.01 for place in range(count)]


def test_a_hole_is_a_day_on_which_the_close_was_carried_over() -> None:
    holed = moving()
    holed[50] = None
    usable = usable_returns(table_of(moving(), holed))

    assert usable.instrument_ids == (GOOD, OTHER)
    assert usable.values[49:52].tolist() == [[0.01, 0.01], [-0.01, 0.0], [0.01, 0.01]]
    assert usable.left_out == ()


def test_days_begin_with_the_youngest_series() -> None:
    usable = usable_returns(table_of(moving(), [*[None] * 30, *moving(70)]))

    assert (len(usable.days), usable.days[0], usable.values.shape) == (70, date(2026, 1, 31), (70, 2))


@pytest.mark.parametrize(
    ("column", "fault", "words"),
    [
        ([None] * 100, SeriesFault.MISSING, "There are no returns at all."),
        ([*moving(95), *[None] * 5], SeriesFault.ENDED, "There has been no close for 5 trading days."),
        ([*[None] * 41, *moving(59)], SeriesFault.SHORT, "There are 59 daily returns; 60 are needed."),
        ([0.0] * 100, SeriesFault.CONSTANT, "The price never moved."),
        ([*moving(90), *[0.0] * 10], SeriesFault.STALE, "The price has not moved for 10 trading days."),
        ([*moving(64), *[None] * 26, *moving(10)], SeriesFault.GAPS, "26% of the days have no close."),
        ([*moving(99), float("inf")], SeriesFault.GAPS, "A return is not a number."),
    ],
)
def test_a_faulty_series_is_left_out_and_named(
    column: list[float | None], fault: SeriesFault, words: str
) -> None:
    usable = usable_returns(table_of(moving(), column))

    assert usable.instrument_ids == (GOOD,)
    assert usable.values.shape == (100, 1)
    assert [(note.instrument_id, note.fault, note.words) for note in usable.left_out] == [
        (OTHER, fault, words)
    ]
