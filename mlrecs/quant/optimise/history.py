"""The days that all assets have a return of; those with too few are left out rather than filled in."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from mlrecs.engine.return_table import ReturnTable
from mlrecs.quant.optimise.problem import LEAST_DAYS, Floats, UnfitHistoryError

# An asset that has so much less history than the others would shorten theirs.
LEAST_SHARE = 0.5


def common_history(table: ReturnTable) -> tuple[Floats, tuple[UUID, ...]]:
    """Returns as days by assets, without gaps, and the assets they are of.

    Assets with fewer than sixty returns, with less than half of the longest history, or that never move are
    left out. Raises UnfitHistoryError where fewer than sixty common days remain.
    """
    whole = np.array(table.values, dtype=np.float64).reshape(len(table.values), len(table.instrument_ids))
    known = np.isfinite(whole)
    counts = known.sum(axis=0)
    longest = int(counts.max()) if counts.size else 0
    if longest < LEAST_DAYS:
        raise UnfitHistoryError(
            f"There are {longest} days of history; at least {LEAST_DAYS} are needed to say anything of risk."
        )
    places = [
        place
        for place in range(whole.shape[1])
        if counts[place] >= max(LEAST_DAYS, LEAST_SHARE * longest)
        and np.ptp(whole[known[:, place], place]) > 0
    ]
    fit = np.array(places, dtype=np.intp)
    rows = known[:, fit].all(axis=1)
    if int(rows.sum()) < LEAST_DAYS:
        raise UnfitHistoryError(
            f"There are {int(rows.sum())} days on which everything has a price; {LEAST_DAYS} are needed."
        )
    return whole[np.ix_(rows, fit)], _keys(table, places)


def _keys(table: ReturnTable, places: Sequence[int]) -> tuple[UUID, ...]:
    return tuple(table.instrument_ids[place] for place in places)
