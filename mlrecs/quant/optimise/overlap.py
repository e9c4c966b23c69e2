"""Funds that move as one."""

from collections.abc import Collection, Mapping
from itertools import combinations
from uuid import UUID

import numpy as np

from mlrecs.engine.return_table import ReturnTable
from mlrecs.quant.optimise.problem import LEAST_DAYS

# Two funds on one index move together on all but rounding.
SAME = 0.99


def overlapping(table: ReturnTable, funds: Collection[UUID]) -> Mapping[tuple[UUID, UUID], str]:
    """Pairs of funds whose daily returns correlate at .99 or more, with the correlation."""
    columns = {key: np.array(table.column(key), dtype=np.float64) for key in funds}
    found = {}
    for first, second in combinations(sorted(columns, key=str), 2):
        both = np.isfinite(columns[first]) & np.isfinite(columns[second])
        mine, other = columns[first][both], columns[second][both]
        if len(mine) < LEAST_DAYS or np.ptp(mine) == 0 or np.ptp(other) == 0:
            continue
        correlation = float(np.corrcoef(mine, other)[0, 1])
        if correlation >= SAME:
            found[first, second] = f"{correlation:.3f}"
    return found
