"""What the literature found, held against what this back-test shows, with the reason where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from common.formats import percent
from taxharvest.quant.backtest.assumptions import Review, Threshold
from taxharvest.quant.backtest.measures import Measures
from taxharvest.quant.backtest.runs import Run, Runner
from taxharvest.quant.backtest.tables import rounded

GROSS_CLAIM = (
    "Gross harvest of 25 to 35 % of the money paid in over ten years (Liberman and others 2023: about 30 %)"
)
HAIRCUT_CLAIM = (
    "The wash rule costs 15 to 30 % of the tax alpha (Chaudhuri and others 2020: 1.08 % to 0.82 %)"
)
SURVIVORS = (
    "The level lies below 1.08 %: twenty large stocks that survived to 2022 fall less often than the 500 "
    "largest of each year from 1926 on. What the stand-ins themselves gained or lost is not counted here."
)
BOUGHT_BACK = (
    "With the rule a little less is sold at reviews: what was just bought back must wait for 31 days."
)
OTHER_RANGE = (
    "The range is of ten years, one deposit, monthly reviews and every loss. Rarer reviews, higher "
    "thresholds, shorter holding, and money that came in later and had less time to fall give less."
)
FIRST_DIP = (
    "A daily review that takes every loss parks a name at its first small dip: the month of waiting is spent "
    "on it, and the rebound of the stand-in is a short-term gain on the way back"
)
WIDER = "With a threshold of 10 % of basis"
GROSS_RANGE = (0.25, 0.35)
HAIRCUT_RANGE = (0.15, 0.30)
# Means that differ by less are the same to a hundredth of a per cent a year.
SAME = 5e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim, what was measured, and whether it holds; `why` where it does not, or not everywhere."""

    claim: str
    measured: str
    holds: bool
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"claim": self.claim, "measured": self.measured, "holds": self.holds, "why": self.why}


def claims(runner: Runner, run: Run, years: int) -> tuple[Claim, ...]:
    """The three claims, under the assumptions of the run."""
    without, with_rule = runner.both(run)
    return (
        _gross(without, with_rule, years),
        _haircut(runner, without, with_rule),
        _order(runner, replace(run, keeps_wash_rule=False)),
        _order(runner, replace(run, keeps_wash_rule=True)),
    )


def _gross(without: Measures, with_rule: Measures, years: int) -> Claim:
    low, high = GROSS_RANGE
    gross, kept, lost, gained = (
        _percent(float(figure.mean()))
        for figure in (without.gross, with_rule.gross, with_rule.back_loss, with_rule.back_gain)
    )
    holds = low <= without.gross.mean() <= high
    return Claim(
        claim=GROSS_CLAIM,
        measured=(
            f"{gross} over {years} years without the wash rule; with it {kept} at reviews, and on the way "
            f"back losses of {lost} and gains of {gained}"
        ),
        holds=bool(holds),
        why=BOUGHT_BACK if holds else OTHER_RANGE,
    )


def _haircut(runner: Runner, without: Measures, with_rule: Measures) -> Claim:
    low, high = HAIRCUT_RANGE
    before, after = _percent(float(without.alpha.mean())), _percent(float(with_rule.alpha.mean()))
    cost = runner.haircut(without.alpha, with_rule.alpha)
    between = (
        f", between {_percent(cost.low)} and {_percent(cost.high)}"
        if cost.low is not None and cost.high is not None
        else ""
    )
    return Claim(
        claim=HAIRCUT_CLAIM,
        measured=f"{before} to {after} a year: {_percent(cost.mean)} of it{between}",
        holds=low <= cost.mean <= high,
        why=SURVIVORS,
    )


def _order(runner: Runner, run: Run) -> Claim:
    alphas = {review: float(runner.measures(replace(run, review=review)).alpha.mean()) for review in Review}
    holds = _falls(list(alphas.values()))
    told = ", ".join(f"{review} {_percent(alpha)}" for review, alpha in alphas.items())
    under = "with the wash rule" if run.keeps_wash_rule else "without the wash rule"
    return Claim(
        claim=f"Daily ≥ monthly ≥ quarterly ≥ yearly, {under}",
        measured=f"{told} a year",
        holds=holds,
        why="" if holds else _why_not(runner, run),
    )


def _why_not(runner: Runner, run: Run) -> str:
    """Why the order fails, and whether it holds with a threshold of ten per cent."""
    daily, monthly = (
        _percent(float(runner.measures(replace(run, review=review)).back_gain.mean()))
        for review in (Review.DAILY, Review.MONTHLY)
    )
    wider = [
        float(runner.measures(replace(run, review=review, threshold=Threshold.LOSS_10)).alpha.mean())
        for review in Review
    ]
    told = ", ".join(map(_percent, wider))
    holds = "the order holds" if _falls(wider) else "the order does not hold either"
    paid = f"{daily} of the money paid in, {monthly} when reviewed monthly"
    return f"{FIRST_DIP} ({paid}). {WIDER}, {holds}: {told}."


def _falls(values: Sequence[float]) -> bool:
    return all(later <= earlier + SAME for earlier, later in pairwise(values))


def _percent(value: float) -> str:
    return percent(rounded(value))
