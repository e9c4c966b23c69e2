"""The covariance: from common days, shrunk, and with stand-ins that say so."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from taxharvest.quant.rebalance.risk import risk_model

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
START = date(2026, 1, 1)


def walk(seed: int, days: int, scale: float = 0.01) -> list[tuple[date, Decimal]]:
    """Closes of a seeded random walk."""
    moves = np.random.default_rng(seed).normal(0, scale, days)
    levels = 100 * np.cumprod(1 + moves)
    return [(START + timedelta(days=n), Decimal(f"{level:.6f}")) for n, level in enumerate(levels)]


def test_it_tells_variances_by_the_year() -> None:
    found = risk_model({A: walk(1, 1500), B: walk(2, 1500, 0.02)}, [A, B])
    assert found.days == 1499
    assert found.matrix[0, 0] == pytest.approx(0.01**2 * 252, rel=0.2)
    assert found.matrix[1, 1] == pytest.approx(0.02**2 * 252, rel=0.2)
    assert found.stand_ins == ()


def test_only_days_that_all_have_count() -> None:
    short = walk(2, 300)[200:]
    found = risk_model({A: walk(1, 300), B: short}, [A, B])
    assert found.days == 99


def test_an_asset_without_closes_stands_in_and_is_named() -> None:
    found = risk_model({A: walk(1, 300), B: walk(2, 300)}, [A, C, B])
    assert found.stand_ins == (C,)
    assert found.matrix[1, 1] == pytest.approx(np.median([found.matrix[0, 0], found.matrix[2, 2]]))
    assert np.linalg.eigvalsh(found.matrix)[0] > 0


def test_days_that_do_not_meet_leave_one_series_out() -> None:
    late = [(day + timedelta(days=1000), close) for day, close in walk(2, 90)]
    found = risk_model({A: walk(1, 300), B: late}, [A, B])
    assert (found.days, found.stand_ins) == (299, (B,))


def test_nothing_known_is_assumed_throughout() -> None:
    found = risk_model({}, [A, B])
    assert found.matrix == pytest.approx(np.array([[0.04, 0.02], [0.02, 0.04]]))
    assert found.days == 0
