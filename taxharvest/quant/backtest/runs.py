"""Runs of a back-test: one way of running the accounts each, walked once and measured as often as asked."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from taxharvest.quant.backtest.assumptions import Assumptions, Deposits, Review, TaxRates, Threshold, Use
from taxharvest.quant.backtest.credits import Rates, credits_of
from taxharvest.quant.backtest.histories import Histories
from taxharvest.quant.backtest.intervals import Interval, block_interval, ratio_interval
from taxharvest.quant.backtest.market import Days, Floats
from taxharvest.quant.backtest.measures import Measures, measured
from taxharvest.quant.backtest.schedules import Flags, Whole, deposit_flags, review_flags, years_of
from taxharvest.quant.backtest.simulation import Rules, Walk, walk
from taxharvest.quant.backtest.thresholds import threshold_rule

# What each deposit adds, in parts of the money of the first day.
DEPOSIT = {Deposits.LUMP: 0.0, Deposits.MONTHLY: 0.01, Deposits.QUARTERLY: 0.03}
BASIS_POINT = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One way of running the accounts, and what its losses are worth."""

    keeps_wash_rule: bool
    review: Review
    threshold: Threshold
    deposits: Deposits
    rates: TaxRates
    use: Use
    cost: float
    returns_at_a_gain: bool = True

    @classmethod
    def of(cls, assumptions: Assumptions, *, keeps_wash_rule: bool = True) -> "Run":
        """As the assumptions say, with or without the rule."""
        return cls(
            keeps_wash_rule=keeps_wash_rule,
            review=assumptions.review,
            threshold=assumptions.threshold,
            deposits=assumptions.deposits,
            rates=assumptions.rates,
            use=assumptions.use,
            cost=float(assumptions.cost) * BASIS_POINT,
        )

    @property
    def way(self) -> tuple[object, ...]:
        """What the walk depends on; rates count where the threshold looks at them."""
        rates = self.rates if self.threshold is Threshold.OPTION else None
        return self.keeps_wash_rule, self.review, self.threshold, self.deposits, self.returns_at_a_gain, rates


@dataclass(slots=True, kw_only=True)
class Runner:
    """Histories with what was already walked through them.

    `block` is the number of starts in one holding period: what intervals draw together. `told` hears of each
    run that is finished.
    """

    histories: Histories
    block: int
    seed: int
    told: Callable[[], None]
    walks: dict[tuple[object, ...], Walk] = field(default_factory=dict)
    untouched: dict[Deposits, Walk] = field(default_factory=dict)
    figures: dict[Run, Measures] = field(default_factory=dict)

    def measures(self, run: Run) -> Measures:
        """The figures of a run."""
        if run not in self.figures:
            self.figures[run] = self._measured(run)
            self.told()
        return self.figures[run]

    def both(self, run: Run) -> tuple[Measures, Measures]:
        """Without the wash rule, and with it."""
        return (
            self.measures(replace(run, keeps_wash_rule=False)),
            self.measures(replace(run, keeps_wash_rule=True)),
        )

    def interval(self, values: Floats) -> Interval:
        """The mean of one figure over the starts."""
        return block_interval(values, block=self.block, seed=self.seed)

    def haircut(self, without: Floats, with_rule: Floats) -> Interval:
        """The share of a figure that the wash rule takes."""
        return ratio_interval(with_rule, without, block=self.block, seed=self.seed)

    def walked(self, run: Run) -> Walk:
        """The walk of a run."""
        if run.way not in self.walks:
            self.walks[run.way] = walk(self.histories, self._rules(run))
        return self.walks[run.way]

    def _measured(self, run: Run) -> Measures:
        rates = Rates.of(run.rates)
        walked = self.walked(run)
        years = by_session(self.histories.days, years_of)
        saved = credits_of(walked, years, rates, run.use, run.cost)
        return measured(self.histories, walked, self._untouched(run.deposits), saved, rates)

    def _untouched(self, deposits: Deposits) -> Walk:
        if deposits not in self.untouched:
            days = self.histories.days
            rules = Rules(
                reviews=np.zeros(days.shape, dtype=np.bool_),
                deposits=self._deposits(deposits),
                threshold=None,
                keeps_wash_rule=False,
                deposit=DEPOSIT[deposits],
            )
            self.untouched[deposits] = walk(self.histories, rules)
        return self.untouched[deposits]

    def _rules(self, run: Run) -> Rules:
        rates = Rates.of(run.rates)
        return Rules(
            reviews=self._reviews(run),
            deposits=self._deposits(run.deposits),
            threshold=threshold_rule(run.threshold, rates, has_window=run.keeps_wash_rule),
            keeps_wash_rule=run.keeps_wash_rule,
            returns_at_a_gain=run.returns_at_a_gain,
            deposit=DEPOSIT[run.deposits],
        )

    def _reviews(self, run: Run) -> Flags:
        def flags(days: Days) -> Flags:
            return review_flags(days, run.review, run.threshold)

        return by_session(self.histories.days, flags).astype(np.bool_)

    def _deposits(self, deposits: Deposits) -> Flags:
        def flags(days: Days) -> Flags:
            return deposit_flags(days, deposits)

        return by_session(self.histories.days, flags).astype(np.bool_)


def by_session(days: Days, of: Callable[[Days], Flags | Whole]) -> Whole:
    """What `of` says of the sessions of each history (history, session).

    A history that stands still on its last session has no further reviews or deposits there: `of` sees the
    same day again, which begins no new month.
    """
    return np.stack([of(one) for one in days]).astype(np.int64)
