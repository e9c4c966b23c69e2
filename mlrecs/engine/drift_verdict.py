"""Whether the world has moved from what a model was trained on: figures against what chance alone shows.

The usual limits of a population stability index (.1 and .25) cry wolf on returns: raw 60-day windows cross
.1 in 96 of 100 months. So each figure is taken on standardised returns, and its limit is the 99th percentile
of the same figure between blocks drawn from the training span itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from common import formats

# Fewer days than these say nothing about drift.
LEAST_DAYS = 250
# A threshold set at one false alarm in a hundred days may realise so many before it is called off its budget.
MOST_ALARMS = Decimal("0.03")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFigure:
    """One measure of drift: its value, and the limit that chance stays below 99 times in 100."""

    name: str
    label: str
    value: Decimal
    limit: Decimal

    @property
    def is_beyond(self) -> bool:
        """Whether chance does not explain it."""
        return self.value > self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftVerdict:
    """Whether anything has drifted, in words."""

    has_drifted: bool
    words: str


def drift_verdict(figures: Sequence[DriftFigure], *, days: int) -> DriftVerdict:
    """The verdict over all figures of a window of `days`; too short a window gives none, and says so."""
    if days < LEAST_DAYS:
        return DriftVerdict(
            has_drifted=False, words=f"Not judged: {days} days are known, {LEAST_DAYS} are needed."
        )
    beyond = [figure for figure in figures if figure.is_beyond]
    if not beyond:
        return DriftVerdict(
            has_drifted=False, words=f"No drift over {days} days: every figure is within what chance shows."
        )
    told = "; ".join(
        f"{figure.label} {formats.fixed(figure.value, 3)}, limit {formats.fixed(figure.limit, 3)}"
        for figure in beyond
    )
    return DriftVerdict(has_drifted=True, words=f"Drifted over {days} days: {told}.")
