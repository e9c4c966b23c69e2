"""Tables that compare: the rule, reviews, thresholds, rates, use, deposits, costs, years."""

from collections.abc import Iterable
from dataclasses import replace

from taxharvest.quant.backtest.assumptions import (
    RATE_PAIRS,
    REVIEW_WORDS,
    SHORT_DEPOSITS,
    SHORT_USE,
    THRESHOLD_WORDS,
    Deposits,
    Review,
    Threshold,
    Use,
    rates_read,
)
from taxharvest.quant.backtest.histories import with_perfect_stand_in
from taxharvest.quant.backtest.measures import Measures
from taxharvest.quant.backtest.runs import BASIS_POINT, Run, Runner
from taxharvest.quant.backtest.tables import Cell, Row, Table, between, figure, words

GROSS = "Harvested"
ALPHA = "Alpha a year"
AFTER = "Alpha, liquidated"
TRACKING = "Stand-ins a year"
HAIRCUT = "The rule costs"
NO_RULE, RULE = "no rule", "with the rule"
PAIR = (
    f"{GROSS}, {NO_RULE}",
    f"{GROSS}, {RULE}",
    f"{ALPHA}, {NO_RULE}",
    f"{ALPHA}, {RULE}",
    f"{AFTER}, {RULE}",
    HAIRCUT,
)
COSTS = (0, 2, 5, 10, 25)
# Where the alpha without the rule is smaller than this, its share means nothing.
LEAST_ALPHA = 1e-5


def rule_table(runner: Runner, run: Run) -> Table:
    """The wash rule: without it, with it, with a perfect stand-in, and with no way back at a gain."""
    without, with_rule = runner.both(run)
    perfect = Runner(
        histories=with_perfect_stand_in(runner.histories),
        block=runner.block,
        seed=runner.seed,
        told=runner.told,
    ).measures(run)
    stays = runner.measures(replace(run, returns_at_a_gain=False))
    return Table(
        key="rule",
        title="The wash rule",
        note=(
            "What the rule costs lies in the third row: even a stand-in that moves exactly like the name "
            "costs, since a month is lost to further harvesting and the rebound is taxed short-term on the "
            "way back."
        ),
        head="Account",
        columns=(GROSS, "Gains on the way back", "Net of those", ALPHA, AFTER, TRACKING, HAIRCUT),
        rows=(
            _rule_row(runner, "No wash rule: bought back at once", without, without),
            _rule_row(runner, "With the wash rule", with_rule, without),
            _rule_row(runner, "With it, and a stand-in that moves like the name", perfect, without),
            _rule_row(runner, "With it, back only at a loss or long-term", stays, without),
        ),
    )


def _rule_row(runner: Runner, label: str, one: Measures, without: Measures) -> Row:
    cost = words("—") if one is without else _haircut(runner, without, one)
    return Row(
        label=label,
        cells=(
            between(runner.interval(one.gross)),
            figure(float(one.back_gain.mean())),
            figure(float(one.net.mean())),
            between(runner.interval(one.alpha)),
            between(runner.interval(one.alpha_after)),
            figure(float(one.tracking.mean())),
            cost,
        ),
    )


def review_table(runner: Runner, run: Run) -> Table:
    """How often the account is looked through."""
    return _pair_table(
        runner,
        key="review",
        title="How often",
        note=(
            "The sessions of a rarer review are among those of a more frequent one. Under the rule the way "
            "back after 31 days is a second look: where reviews are rare, its losses make up for what the "
            "rule takes."
        ),
        head="Looked through",
        runs=[(REVIEW_WORDS[review], replace(run, review=review)) for review in Review],
    )


def threshold_table(runner: Runner, run: Run) -> Table:
    """Tax alpha under the wash rule by threshold and review."""
    thresholds = (Threshold.ANY, Threshold.LOSS_5, Threshold.LOSS_10, Threshold.OPTION)
    rows = []
    for threshold in thresholds:
        tried = [replace(run, threshold=threshold, review=review) for review in Review]
        alphas = [float(runner.measures(one).alpha.mean()) for one in tried]
        rows.append(Row(label=THRESHOLD_WORDS[threshold], cells=tuple(figure(alpha) for alpha in alphas)))
    return Table(
        key="threshold",
        title="From which loss on",
        note=(
            "Tax alpha a year before liquidation, with the wash rule. The last row waits while that is worth "
            "more, by price over basis, age and the volatility of the year before."
        ),
        head="Sold",
        columns=tuple(review.value for review in Review),
        rows=tuple(rows),
    )


def rate_table(runner: Runner, run: Run) -> Table:
    """Other tax rates on the same walk."""
    pairs = list(dict.fromkeys([run.rates, *map(rates_read, RATE_PAIRS)]))
    return _pair_table(
        runner,
        key="rates",
        title="At which rates",
        note="Short-term/long-term in per cent. 40.8/23.8 is 37/20 and the 3.8 on investment income.",
        head="Rates",
        runs=[(str(rates), replace(run, rates=rates)) for rates in pairs],
    )


def use_table(runner: Runner, run: Run) -> Table:
    """Losses that meet gains, and losses that meet nothing but the yearly cap."""
    return _pair_table(
        runner,
        key="use",
        title="What the losses meet",
        note=(
            "Gains of their own term at once; or 3,000 dollars of other income a year (of 100,000 paid in), "
            "and what is carried meets the gains of the liquidation."
        ),
        head="Losses",
        runs=[(SHORT_USE[use], replace(run, use=use)) for use in Use],
    )


def deposit_table(runner: Runner, run: Run) -> Table:
    """Patterns of deposits."""
    return _pair_table(
        runner,
        key="deposits",
        title="How the money comes in",
        note=(
            "100,000 on the first day, then 1,000 each month or 3,000 each quarter, five names in turn. Into "
            "all twenty at once, no name would be free of a purchase within 30 days when money comes in "
            "every month."
        ),
        head="Money",
        runs=[(SHORT_DEPOSITS[pattern], replace(run, deposits=pattern)) for pattern in Deposits],
    )


def cost_table(runner: Runner, run: Run) -> Table:
    """Costs of trading."""
    return _pair_table(
        runner,
        key="costs",
        title="What trading costs",
        note="Of everything bought or sold for the sake of harvesting, the way back included.",
        head="Hundredths of a per cent",
        runs=[(str(cost), replace(run, cost=cost * BASIS_POINT)) for cost in COSTS],
    )


def horizon_table(runners: Iterable[tuple[int, Runner]], run: Run) -> Table:
    """Other lengths of holding."""
    rows = tuple(
        pair_row(runner, f"{years} years, {len(runner.histories.days)} starts", run)
        for years, runner in runners
    )
    return Table(
        key="years",
        title="How long",
        note="The first years harvest most: what is bought once is seldom below its basis after ten.",
        head="Held for",
        columns=PAIR,
        rows=rows,
    )


def pair_row(runner: Runner, label: str, run: Run) -> Row:
    """A run without the rule and with it."""
    without, with_rule = runner.both(run)
    return Row(
        label=label,
        cells=(
            figure(float(without.gross.mean())),
            figure(float(with_rule.gross.mean())),
            between(runner.interval(without.alpha)),
            between(runner.interval(with_rule.alpha)),
            figure(float(with_rule.alpha_after.mean())),
            _haircut(runner, without, with_rule),
        ),
    )


def _pair_table(
    runner: Runner, *, key: str, title: str, note: str, head: str, runs: Iterable[tuple[str, Run]]
) -> Table:
    rows = tuple(pair_row(runner, label, run) for label, run in runs)
    return Table(key=key, title=title, note=note, head=head, columns=PAIR, rows=rows)


def _haircut(runner: Runner, without: Measures, with_rule: Measures) -> Cell:
    if without.alpha.mean() < LEAST_ALPHA:
        return words("nothing to take from")
    return between(runner.haircut(without.alpha, with_rule.alpha))
