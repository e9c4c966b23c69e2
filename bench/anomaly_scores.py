"""Scoring an evening of 10,000 accounts of 50 holdings, and training the default nets on one core."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import partial

from mlrecs.engine.model_catalogue import LEARNERS

ACCOUNTS = int(os.environ.get("SCORED_ACCOUNTS", "10000"))
HOLDINGS = 50
DAYS = 522
CORES = 2
CHUNK = 250
FROZEN_YEAR = 2000


def measure() -> str:
    """Seconds for the accounts on two cores, and of CPU for each net."""
    chunks = [range(first, min(first + CHUNK, ACCOUNTS)) for first in range(0, ACCOUNTS, CHUNK)]
    begun = time.perf_counter()
    with ProcessPoolExecutor(CORES) as pool:
        done = sum(pool.map(_scored, chunks))
    seconds = time.perf_counter() - begun
    lines = [
        "## Scores of accounts",
        "",
        (
            f"Two parts of the score of an evening, with thresholds set anew and drivers, for {done:,} made "
            f"accounts of {HOLDINGS} holdings and {DAYS} days, arrays alone, on {CORES} cores: **{seconds:.1f} s**, "
            f"{CORES * seconds / done * 1000:.1f} ms of a core each."
        ),
        "",
        "| net, default size, 1990 to 1999 | CPU seconds of one thread |",
        "|---|---|",
        *(f"| {name} | {spent:.1f} |" for name, spent in _trainings()),
    ]
    return "\n".join(lines)


def _scored(accounts: range) -> int:
    import numpy as np  # noqa: PLC0415 - the menu of measurements stays light

    from mlrecs.quant.detectors import DETECTORS  # noqa: PLC0415
    from mlrecs.quant.scoring import Table, scores_of  # noqa: PLC0415

    makers = {name: partial(DETECTORS[name], 0) for name in ("volatility", "co_movement")}
    every = (date(2024, 11, 27) + timedelta(days=place) for place in range(2 * DAYS))
    days = tuple([day for day in every if day.weekday() < 5][:DAYS])  # noqa: PLR2004 - Saturday
    symbols = tuple(f"S{place}" for place in range(HOLDINGS))
    for account in accounts:
        generator = np.random.default_rng(account)
        returns = 0.01 * generator.standard_t(5, (DAYS, HOLDINGS))
        table = Table(days=days, symbols=symbols, returns=returns, weights=generator.random(HOLDINGS))
        scores_of(table, makers, since=days[-1])
    return len(accounts)


def _trainings() -> Iterator[tuple[str, float]]:
    from mlrecs.quant.learning import learn  # noqa: PLC0415 - the menu of measurements stays light
    from mlrecs.quant.universe import universe_returns  # noqa: PLC0415

    days, _, returns = universe_returns()
    learnt_from = returns[: sum(day.year < FROZEN_YEAR for day in days)]
    for name in LEARNERS:
        begun = time.process_time()
        learn(name, learnt_from, seed=1)
        yield name, time.process_time() - begun
