"""Walk-forward: the way of harvesting that did best before a start, tried on the years after it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from taxharvest.quant.backtest.assumptions import REVIEW_WORDS, THRESHOLD_WORDS, Review, Threshold
from taxharvest.quant.backtest.market import Floats
from taxharvest.quant.backtest.runs import Run, Runner
from taxharvest.quant.backtest.schedules import Whole, day_numbers
from taxharvest.quant.backtest.tables import Row, Table, between, figure, words

WAYS = tuple(
    (review, threshold)
    for review in (Review.DAILY, Review.MONTHLY, Review.QUARTERLY)
    for threshold in (Threshold.ANY, Threshold.LOSS_5, Threshold.LOSS_10, Threshold.OPTION)
)
COLUMNS = ("Tax alpha a year after liquidation, as chosen", "As assumed above", "Best in hindsight")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen at one start, by its place in `WAYS`, and what each came to."""

    start: int
    way: int
    chosen: float
    usual: float
    best: float


def forward_table(runner: Runner, run: Run) -> Table:
    """Twelve ways of harvesting under the wash rule, chosen at each start by the windows that had ended."""
    runs = [replace(run, review=review, threshold=threshold) for review, threshold in WAYS]
    alphas = np.stack([runner.measures(one).alpha_after for one in runs])
    usual = runner.measures(run).alpha_after
    first, last = day_numbers(runner.histories.days[:, [0, -1]]).T
    choices = list(choices_made(alphas, usual, first=first, last=last))
    return Table(
        key="forward",
        title="Chosen beforehand",
        note=(
            "At each start the review and threshold that had done best on average over all windows that had "
            "ended by then; nothing later is looked at. It is held against the review and threshold assumed "
            "above."
        ),
        head="Starts",
        columns=COLUMNS,
        rows=_rows(runner, choices),
    )


def choices_made(alphas: Floats, usual: Floats, *, first: Whole, last: Whole) -> Iterator[Choice]:
    """For each start with windows that ended before it (way, start): the best way so far and its figures."""
    for start, day in enumerate(first):
        known = last < day
        if known.any():
            way = int(alphas[:, known].mean(axis=1).argmax())
            yield Choice(
                start=start,
                way=way,
                chosen=float(alphas[way, start]),
                usual=float(usual[start]),
                best=float(alphas[:, start].max()),
            )


def _rows(runner: Runner, choices: list[Choice]) -> tuple[Row, ...]:
    if not choices:
        nothing = words("no window ended before another began")
        return (Row(label="All", cells=(nothing, nothing, nothing)),)
    together = np.array([[one.chosen, one.usual, one.best] for one in choices]).T
    rows = [
        Row(
            label=f"All {len(choices)} with a past",
            cells=tuple(between(runner.interval(values)) for values in together),
        )
    ]
    for place, (review, threshold) in enumerate(WAYS):
        taken = [one for one in choices if one.way == place]
        if taken:
            label = f"{THRESHOLD_WORDS[threshold]}, {REVIEW_WORDS[review]}: chosen {len(taken)} times"
            means = np.array([[one.chosen, one.usual, one.best] for one in taken]).mean(axis=0)
            rows.append(Row(label=label, cells=tuple(figure(float(mean)) for mean in means)))
    return tuple(rows)
