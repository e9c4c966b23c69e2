"""Questions about accounts are answered in decimals, with their reason where there is no answer."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from mlrecs.engine.optimising import CappedGroup, RiskQuestion, ViewHeld
from mlrecs.engine.return_table import ReturnTable
from mlrecs.quant.optimise.answers import answered
from mlrecs.quant.optimise.history import common_history
from mlrecs.quant.optimise.overlap import overlapping
from mlrecs.quant.optimise.problem import Floats, UnfitHistoryError
from mlrecs.quant.optimise.ranks import ranked
from tests.mlrecs.quant.optimise.series import factor_returns

KEYS = [UUID(int=place) for place in range(1, 8)]
DAY = date(2025, 1, 1)


def table(returns: Floats) -> ReturnTable:
    """The returns day by day; what is no number was not known."""
    days = tuple(DAY + timedelta(days=place) for place in range(len(returns)))
    values = tuple(tuple(None if np.isnan(one) else float(one) for one in row) for row in returns)
    return ReturnTable(days=days, instrument_ids=tuple(KEYS[: returns.shape[1]]), values=values)


def question(returns: Floats, held: Sequence[str], most: str = "0.5", **facts: object) -> RiskQuestion:
    """An account with these weights and one cap for every asset."""
    keys = KEYS[: returns.shape[1]]
    usual: dict[str, object] = {"turnover": Decimal(2), "half_spread": Decimal("0.0005")}
    return RiskQuestion(
        table=table(returns),
        names={key: f"S{key.int}" for key in keys},
        held=dict(zip(keys, map(Decimal, held), strict=True)),
        most=dict.fromkeys(keys, Decimal(most)),
        **(usual | facts),  # type: ignore[arg-type]
    )


def test_an_answer_keeps_to_cash_caps_and_turnover() -> None:
    asked = question(factor_returns(4, 300, seed=1), ["0.5", "0.2", "0.1", "0.1"], turnover=Decimal("0.3"))

    found = answered(asked)

    assert (found.reason, found.method, found.days) == ("", "minimum_cvar", 300)
    assert sum(found.weights.values()) == pytest.approx(Decimal("0.9"), abs=Decimal("0.00001"))
    traded = sum(abs(found.weights[key] - asked.held[key]) for key in asked.held)
    assert traded <= Decimal("0.30001")
    assert found.now is not None
    assert found.proposed is not None
    assert found.proposed.tail < found.now.tail
    assert [one.name for one in found.others] == ["minimum_variance", "risk_budget", "hrp"]
    assert len(found.frontier) == 10
    assert sum(found.shares_now.values()) == pytest.approx(Decimal(1), abs=Decimal("0.00001"))


def test_limits_that_one_step_cannot_reach_are_gone_towards() -> None:
    asked = question(
        factor_returns(4, 300, seed=1), ["0.85", "0.05", "0.05", "0.05"], most="0.4", turnover=Decimal("0.2")
    )

    found = answered(asked)

    assert found.is_relaxed
    assert found.weights[KEYS[0]] <= Decimal("0.85001")


def test_views_make_it_the_answer_of_black_and_litterman() -> None:
    views = {KEYS[3]: ViewHeld(beyond=Decimal("0.10"), confidence=Decimal("0.8"))}
    asked = question(factor_returns(4, 300, seed=1), ["0.25"] * 4, views=views)

    found = answered(asked)

    assert found.method == "black_litterman"
    assert found.weights[KEYS[3]] > Decimal("0.26")


@pytest.mark.parametrize(
    ("returns", "words"),
    [
        (factor_returns(3, 59, seed=1), "There are 59 days of history; at least 60 are needed"),
        (factor_returns(1, 200, seed=1), "one asset with a history"),
        (np.full((200, 2), 0.0), "one asset with a history|needed"),
    ],
)
def test_a_history_that_tells_nothing_is_a_reason(returns: Floats, words: str) -> None:
    found = answered(question(returns, ["0.3"] * returns.shape[1]))

    assert found.weights == {}
    assert any(part in found.reason for part in words.split("|")), found.reason


def test_constraints_without_a_solution_are_a_reason() -> None:
    keys = frozenset(KEYS[:3])
    asked = question(
        factor_returns(3, 200, seed=1),
        ["0.3", "0.3", "0.3"],
        groups=(CappedGroup(name="Everything", keys=keys, most=Decimal("0.5")),),
        turnover=Decimal(0),
    )

    # What is beyond its limit may stay: with nothing to trade the account is left as it is.
    found = answered(asked)

    assert found.is_relaxed
    assert found.weights[KEYS[0]] == pytest.approx(Decimal("0.3"), abs=Decimal("0.0001"))


def test_an_asset_with_little_history_is_left_out_and_named() -> None:
    returns = factor_returns(4, 300, seed=1)
    returns[:200, 3] = np.nan

    found = answered(question(returns, ["0.25"] * 4))

    assert (found.days, found.left_out) == (300, ("S4",))
    assert KEYS[3] not in found.weights


def test_only_common_days_count() -> None:
    returns = factor_returns(3, 200, seed=1)
    returns[5, 1] = np.nan

    found, keys = common_history(table(returns))

    assert (found.shape, keys) == ((199, 3), tuple(KEYS[:3]))


def test_no_table_is_no_history() -> None:
    with pytest.raises(UnfitHistoryError, match="There are 0 days of history"):
        common_history(ReturnTable(days=(), instrument_ids=(), values=()))


def test_funds_on_one_index_overlap_and_others_do_not() -> None:
    returns = factor_returns(3, 200, seed=2)
    returns[:, 1] = returns[:, 0] + np.random.default_rng(1).normal(0, 1e-5, size=200)

    assert overlapping(table(returns), KEYS[:3]) == {(KEYS[0], KEYS[1]): "1.000"}


def test_the_calmest_ranks_first_and_what_is_too_short_not_at_all() -> None:
    returns = np.random.default_rng(3).normal(size=(300, 3)) * np.array([0.02, 0.01, 0.001])
    returns[:100, 2] = np.nan

    found = ranked(table(returns), "low_volatility")

    assert list(found) == [KEYS[1], KEYS[0]]
