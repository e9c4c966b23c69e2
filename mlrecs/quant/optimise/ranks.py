"""Where each asset stands in a factor screen, from its own returns."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

import numpy as np

from mlrecs.engine.return_table import ReturnTable
from mlrecs.quant.optimise.screens import NEEDED, SCORES, Factor

UNIT = Decimal("0.0001")


def ranked(table: ReturnTable, factor: str) -> Mapping[UUID, Decimal]:
    """The score of each asset that has enough returns for the screen, best first."""
    needed = NEEDED[Factor(factor)]
    scores = {}
    for key in table.instrument_ids:
        daily = np.array([one for one in table.column(key) if one is not None])
        if len(daily) >= needed and np.ptp(daily[-needed:]) > 0:
            scores[key] = float(SCORES[Factor(factor)](daily[-needed:, None])[0])
    return {
        key: Decimal(repr(score)).quantize(UNIT)
        for key, score in sorted(scores.items(), key=lambda one: (-one[1], str(one[0])))
    }
