"""A night of scores: 10,000 portfolios of 50 holdings, three parts and their drivers each, on two cores."""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from mlrecs.quant.arrays import FloatArray, weighted
from mlrecs.quant.detectors import DETECTORS, Detector
from mlrecs.quant.detectors.learned import NetDetector
from mlrecs.quant.nets import Form, adapted, spec_of, train
from mlrecs.quant.universe import universe_returns

COUNT = int(os.environ.get("SCORED_PORTFOLIOS", "10000"))
HOLDINGS, INSTRUMENTS, DAYS = 50, 500, 500
# The learned part reads its window and the days before it that the moving average still knows.
READ = 75
CORES = 2
CHUNK = 100
GOAL = 60
PARTS = ("volatility", "co_movement", "learned")


@dataclass(frozen=True, slots=True)
class _Night:
    """What a worker needs: returns of every instrument, and the net for a portfolio of 50."""

    returns: FloatArray
    net: NetDetector


def measure() -> str:
    """A table of the time by part, in processor seconds, and the time that passed."""
    context = multiprocessing.get_context("spawn")
    chunks = [range(first, min(first + CHUNK, COUNT)) for first in range(0, COUNT, CHUNK)]
    with ProcessPoolExecutor(CORES, mp_context=context, initializer=_prepare) as pool:
        # Workers start, load their packages and learn before the time is taken.
        list(pool.map(_scored, [range(1)] * CORES))
        started = time.perf_counter()
        spent = np.array(list(pool.map(_scored, chunks))).sum(axis=0)
        passed = time.perf_counter() - started
    total = float(spent.sum())
    lines = [
        "## Scores of a night",
        "",
        (
            f"{COUNT:,} made portfolios of {HOLDINGS} out of {INSTRUMENTS} made instruments, {DAYS} days "
            f"of returns, {CORES} processes of one thread. Volatility and co-movement are learnt anew and "
            "scored; the learned part is scored by a net that is there already; each with the drivers of the "
            "last day."
        ),
        "",
        "| part | processor time, s | share | portfolios a second of one core |",
        "|---|---|---|---|",
    ]
    for name, seconds in zip(PARTS, spent, strict=True):
        lines.append(
            f"| {name.replace('_', '-')} | {seconds:.1f} | {seconds / total:.0%} | {COUNT / seconds:,.0f} |"
        )
    lines += [
        "",
        (
            f"In all {total:.1f} s of processor time, **{total / CORES:.0f} s on {CORES} cores** when "
            f"nothing else runs; {passed:.0f} s passed. The goal is {GOAL} s."
        ),
    ]
    return "\n".join(lines)


_NIGHT: list[_Night] = []


def _prepare() -> None:
    """Made returns with one market and five groups, and a net from the training universe."""
    chance = np.random.default_rng(11)
    market, groups = chance.normal(0, 0.008, (DAYS, 1)), chance.normal(0, 0.006, (DAYS, 5))
    own = chance.normal(0, 0.012, (DAYS, INSTRUMENTS))
    returns = market + groups[:, np.arange(INSTRUMENTS) % 5] + own
    real = universe_returns()[2][-2520:]
    net = train(spec_of(Form.MASKED, real.shape[1]), real, seed=1)
    made = NetDetector("lstm_masked", Form.MASKED, 1, net=adapted(net, returns[:, :HOLDINGS]))
    _NIGHT.append(_Night(returns, made))


def _scored(numbers: Iterable[int]) -> FloatArray:
    """Processor seconds by part of some portfolios."""
    night = _NIGHT[0]
    spent = np.zeros(len(PARTS))
    for number in numbers:
        chance = np.random.default_rng(number)
        held = chance.choice(INSTRUMENTS, HOLDINGS, replace=False)
        returns = weighted(night.returns[:, held], chance.uniform(0.5, 2, HOLDINGS))
        for place, name in enumerate(PARTS[:2]):
            started = time.process_time()
            _judged(DETECTORS[name](1).fit(returns), returns)
            spent[place] += time.process_time() - started
        started = time.process_time()
        _judged(night.net, night.returns[-READ:, held])
        spent[2] += time.process_time() - started
    return spent


def _judged(detector: Detector, returns: FloatArray) -> tuple[float, FloatArray]:
    return float(detector.score(returns)[-1]), detector.drivers(returns, len(returns) - 1)


if __name__ == "__main__":
    sys.exit("Run it as: python -m bench scoring")
