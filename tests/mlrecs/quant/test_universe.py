"""The training universe and what is refused of arrays."""

from datetime import date

import numpy as np
import pytest

from mlrecs.quant.arrays import UnfitReturns, checked, weighted
from mlrecs.quant.universe import data_digest, universe_returns


def test_the_universe_is_twenty_stocks_over_thirty_two_years() -> None:
    days, symbols, returns = universe_returns()
    assert (days[0], days[-1], len(days)) == (date(1990, 1, 3), date(2022, 12, 28), 8312)
    assert returns.shape == (8312, 20)
    assert (symbols[0], symbols[-1]) == ("AAPL", "XOM")
    assert np.isfinite(returns).all()


def test_the_universe_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        universe_returns()[2][0, 0] = 1.0


def test_the_digest_is_of_numbers_and_of_shape() -> None:
    table = np.arange(6.0)
    assert data_digest(table.reshape(2, 3)) == data_digest(table.reshape(2, 3).copy())
    assert data_digest(table.reshape(2, 3)) != data_digest(table.reshape(3, 2))


def test_without_the_package_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    universe_returns.cache_clear()
    with pytest.raises(UnfitReturns, match="skfolio, which is not installed"):
        universe_returns()
    monkeypatch.undo()
    assert len(universe_returns()[0]) == 8312


def test_weighted_columns_have_the_return_of_the_portfolio_as_their_mean() -> None:
    returns = np.array([[0.01, 0.03], [0.02, -0.02]])
    assert weighted(returns, np.array([3.0, 1.0])).mean(axis=1) == pytest.approx([0.015, 0.01])


def test_a_table_that_can_be_scored_comes_back_as_it_was() -> None:
    table = np.ones((3, 2))
    assert checked(table) is table
