"""The risk report of one account on one day: figures and their tests, who carries the risk, scenarios."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from mlrecs.engine.risk_facts import Held, RiskFacts
from mlrecs.engine.scenarios import CRASHES, SHOCKS, ScenarioResult, replay, sector_shocks, shock
from mlrecs.quant.arrays import FloatArray
from mlrecs.quant.features import LEAST_VOLATILITY
from mlrecs.quant.risk.headline import TRADING_DAYS, headline, path_of
from mlrecs.quant.risk.measured import Measured, measured_of
from mlrecs.quant.risk.measures import (
    beta_of,
    concentration_of,
    deviations_of,
    fall_of,
    still_share,
    tail_shares,
    variance_shares,
)
from mlrecs.quant.risk.simulation import WINDOW
from mlrecs.quant.risk.texts import amount, fraction

# What the charts hold: a year day by day, and the whole past in so many points.
CHART_DAYS = 252
FALL_POINTS = 250
ONE_HOLDING = "There is one holding: nothing is spread, so there is nothing to share out."
NO_VOLUMES = (
    "The book has closes but neither volumes nor quotes, so days to sell and the spread are not known."
)
FRESH_DAYS = 4


def risk_report(facts: RiskFacts) -> dict[str, Any]:
    """All that is told about the risk of an account, as text and counts; the same facts give the same text.

    Raises NotMeasurable, with the reason, where nothing can be told.
    """
    measured = measured_of(facts)
    betas = _betas(measured)
    beta = None if measured.benchmark is None else beta_of(measured.returns, measured.benchmark)
    holdings = _holdings(measured, betas)
    return {
        "currency": facts.currency,
        "value": str(facts.value.quantize(Decimal("0.01"))),
        "data_from": measured.days[0].isoformat(),
        "data_until": measured.days[-1].isoformat(),
        "days": len(measured.days),
        "window": min(WINDOW, len(measured.days)),
        "measured_share": fraction(measured.share),
        "left_out": [{"symbol": symbol, "words": words} for symbol, words in measured.left_out],
        "benchmark": facts.benchmark,
        "figures": headline(measured, facts.value, beta, facts.benchmark),
        "holdings": holdings,
        "sectors": _sectors(measured, holdings),
        "concentration": _concentration(measured),
        "liquidity": _liquidity(measured),
        "scenarios": [_scenario(one, facts.value) for one in _scenarios(facts, measured, betas)],
        "path": path_of(measured, CHART_DAYS),
        "falls": _falls(measured),
    }


def _betas(measured: Measured) -> dict[UUID, Decimal]:
    """The beta of each holding, where there is a benchmark and enough of both."""
    found: dict[UUID, Decimal] = {}
    if measured.benchmark is None:
        return found
    for place, one in enumerate(measured.held):
        beta = beta_of(measured.values[:, place], measured.benchmark)
        if beta is not None:
            found[one.instrument_id] = Decimal(str(fraction(beta.value)))
    return found


def _holdings(measured: Measured, betas: dict[UUID, Decimal]) -> list[dict[str, Any]]:
    """Each holding with its share of the risk, the largest first."""
    shares = variance_shares(measured.values, measured.weights)
    tails = tail_shares(measured.values, measured.weights)
    deviations = deviations_of(measured.values) * np.sqrt(TRADING_DAYS)
    still = still_share(measured.values)
    rows = [
        {
            "instrument_id": str(one.instrument_id),
            "symbol": one.symbol,
            "name": one.name,
            "sector": one.group,
            "weight": fraction(float(one.weight)),
            "share": fraction(float(shares[place])),
            "tail_share": fraction(float(tails[place])),
            "volatility": fraction(float(deviations[place])),
            "still": fraction(float(still[place])),
            "price_age": one.price_age,
            "beta": str(betas[one.instrument_id]) if one.instrument_id in betas else None,
        }
        for place, one in enumerate(measured.held)
    ]
    return sorted(rows, key=lambda row: (-Decimal(str(row["share"])), str(row["symbol"])))


def _sectors(measured: Measured, holdings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same by sector; nothing is shared out between fewer than two holdings."""
    if len(measured.held) < 2:  # noqa: PLR2004 - two are the fewest that share
        return []
    sums: dict[str, dict[str, Decimal]] = {}
    for row in holdings:
        parts = sums.setdefault(row["sector"], dict.fromkeys(("weight", "share", "tail_share"), Decimal(0)))
        for name in parts:
            parts[name] += Decimal(row[name])
    rows = [
        {"sector": name} | {key: str(part) for key, part in parts.items()} for name, parts in sums.items()
    ]
    return sorted(rows, key=lambda row: (-Decimal(row["share"]), row["sector"]))


def _concentration(measured: Measured) -> dict[str, Any]:
    """How few hands the weights are in, and how much less the whole swings than its parts."""
    found = concentration_of(measured.weights.tolist())
    heaviest = max(measured.held, key=lambda one: (abs(one.weight), one.symbol))
    parts = float(np.abs(measured.weights) @ deviations_of(measured.values))
    whole = float(deviations_of(measured.returns[:, None])[0])
    is_single = len(measured.held) == 1
    return {
        "positions": len(measured.held),
        "herfindahl": fraction(found.herfindahl),
        "effective": fraction(found.effective),
        "largest": heaviest.symbol,
        "largest_share": fraction(found.largest),
        "top_five": fraction(found.top_five),
        "diversification": None if is_single or whole < LEAST_VOLATILITY else fraction(parts / whole),
        "words": ONE_HOLDING if is_single else "",
    }


def _liquidity(measured: Measured) -> dict[str, Any]:
    """What closes alone say about how easily the holdings could be sold."""
    gross = np.abs(measured.weights) / np.abs(measured.weights).sum()
    fresh = np.array([float(one.price_age < FRESH_DAYS) for one in measured.held])
    return {
        "still": fraction(float(gross @ still_share(measured.values))),
        "fresh": fraction(float(gross @ fresh)),
        "words": NO_VOLUMES,
    }


def _scenarios(facts: RiskFacts, measured: Measured, betas: dict[UUID, Decimal]) -> Iterable[ScenarioResult]:
    """Crashes of the past, then plain shocks. Everything held takes part, measured or not."""
    holdings: tuple[Held, ...] = facts.holdings
    for crash in CRASHES:
        yield replay(crash, holdings, betas, facts.crash_moves.get(crash.key, {}))
    for one in (*SHOCKS, *sector_shocks(holdings)):
        yield shock(one, holdings, betas)
    worst = int(measured.returns.argmin())
    yield ScenarioResult(
        key="worst-day",
        kind="own",
        label=f"The worst day of the last {len(measured.days)}",
        words=f"{measured.days[worst].isoformat()}, at today's weights",
        effect=Decimal(str(fraction(float(measured.returns[worst])))),
        lines=(),
        unmoved=(),
    )


def _scenario(result: ScenarioResult, value: Decimal) -> dict[str, Any]:
    return {
        "key": result.key,
        "kind": result.kind,
        "label": result.label,
        "words": result.words,
        "effect": str(result.effect),
        "amount": amount(value, str(result.effect)),
        "lines": [
            {"symbol": line.symbol, "move": str(line.move), "effect": str(line.effect), "basis": line.basis}
            for line in result.lines
        ],
        "unmoved": list(result.unmoved),
    }


def _falls(measured: Measured) -> dict[str, list[str | None]]:
    """How far below its last high the portfolio stood, in at most 250 points that end with today."""
    path: FloatArray = fall_of(measured.returns).path
    step = max(1, -(-len(path) // FALL_POINTS))
    rows = range((len(path) - 1) % step, len(path), step)
    return {
        "days": [measured.days[row].isoformat() for row in rows],
        "values": [fraction(float(path[row])) for row in rows],
    }
