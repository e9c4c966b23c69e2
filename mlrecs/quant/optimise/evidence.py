"""What advice is worth, measured: methods and screens walked forward on the twenty stocks, as JSON."""

from typing import Any

import numpy as np

from mlrecs.quant.optimise.measures import (
    Difference,
    Fared,
    deflated_sharpe,
    difference,
    excess,
    fared,
    tail_loss,
    volatility,
)
from mlrecs.quant.optimise.methods import Method
from mlrecs.quant.optimise.problem import Floats
from mlrecs.quant.optimise.screens import Evidence, screen_evidence
from mlrecs.quant.optimise.walk_forward import (
    Walk,
    equal_weights,
    forecast_ratio,
    hit_rate,
    nothing,
    walk_method,
)
from mlrecs.quant.universe import NAME, data_digest, universe_returns

WALKED = (Method.MINIMUM_VARIANCE, Method.MINIMUM_CVAR, Method.RISK_BUDGET, Method.HRP)


def advice_evidence(*, seed: int = 0, days: int | None = None) -> dict[str, Any]:
    """Uplift of each method against doing nothing and 1/N, and the evidence of each screen.

    Numbers are text with four decimals. `days` cuts the history to its last days. About a minute.
    """
    all_days, symbols, logs = universe_returns()
    returns = np.expm1(np.asarray(logs))[-days:] if days else np.expm1(np.asarray(logs))
    still, even = nothing(returns), equal_weights(returns).returns
    walks = {method: walk_method(returns, method) for method in WALKED}
    tried = [one.returns - still for one in walks.values()]
    return {
        "universe": NAME,
        "symbols": list(symbols),
        "digest": data_digest(np.asarray(logs)),
        "from": all_days[-len(still)].isoformat(),
        "until": all_days[-1].isoformat(),
        "days": len(still),
        "nothing": _fared(fared(still)),
        "equal": _fared(fared(even)),
        "methods": {method.value: _uplift(one, still, even, tried, seed) for method, one in walks.items()},
        "screens": {one.factor.value: _screen(one) for one in screen_evidence(returns, seed=seed)},
    }


def _uplift(walked: Walk, still: Floats, even: Floats, tried: list[Floats], seed: int) -> dict[str, Any]:
    mine = walked.returns
    return {
        "fared": _fared(fared(mine)),
        "calmer_than_nothing": _difference(difference(mine, still, volatility, seed=seed)),
        "calmer_than_equal": _difference(difference(mine, even, volatility, seed=seed)),
        "less_tail_than_nothing": _difference(difference(mine, still, tail_loss, seed=seed)),
        "less_tail_than_equal": _difference(difference(mine, even, tail_loss, seed=seed)),
        "more_than_nothing": _difference(excess(mine, still, seed=seed)),
        "more_than_equal": _difference(excess(mine, even, seed=seed)),
        "deflated": _text(deflated_sharpe(mine - still, tried)),
        "traded": _text(walked.traded),
        "steps": len(walked.realised),
        "failed": walked.failed,
        "hits": _text(hit_rate(walked)),
        "forecast": [_text(one) for one in forecast_ratio(walked)],
    }


def _screen(one: Evidence) -> dict[str, Any]:
    return {
        "is_clear": one.is_clear,
        "promises": "calm" if one.promises_calm else "return",
        "calmer": _difference(one.calmer),
        "more": _difference(one.more),
        "halves": [_text(half) for half in one.halves],
        "deflated": _text(one.deflated),
        "days": one.days,
    }


def _fared(one: Fared) -> dict[str, str]:
    return {
        "growth": _text(one.growth),
        "volatility": _text(one.volatility),
        "tail": _text(one.tail),
        "fall": _text(one.fall),
        "sharpe": _text(one.sharpe),
    }


def _difference(one: Difference) -> list[str]:
    return [_text(one.value), _text(one.low), _text(one.high)]


def _text(value: float) -> str:
    return f"{value:.4f}"
