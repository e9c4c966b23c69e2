"""The gate before a model may serve: better than the champion and than every simple rule, and surely so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A candidate beside one rival on the walk-forward measure: the difference and its bootstrap interval.

    `words` are what the rival is called on a page.
    """

    rival: str
    words: str
    difference: Decimal
    low: Decimal
    high: Decimal

    @property
    def is_won(self) -> bool:
        """Whether the whole interval is above zero."""
        return self.difference > ZERO and self.low > ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a candidate is promoted, the rivals that it does not surely beat, and a sentence for a page."""

    candidate: str
    is_promoted: bool
    unbeaten: tuple[str, ...]
    words: str


def promotion_verdict(
    *,
    candidate: str,
    contests: Sequence[Contest],
    champion: str | None,
    baselines: Sequence[str],
) -> Verdict:
    """The verdict on one candidate.

    It is promoted only if it was measured against the champion, where there is one, and against every
    baseline, and the interval of each difference is above zero. A rival that it was not measured against is
    not beaten.
    """
    rivals = {*baselines, *([champion] if champion else [])} - {candidate}
    by_rival = {contest.rival: contest for contest in contests}
    missing = tuple(sorted(rivals - by_rival.keys()))
    lost = tuple(contest.rival for contest in contests if contest.rival in rivals and not contest.is_won)
    unbeaten = (*missing, *lost)
    return Verdict(
        candidate=candidate,
        is_promoted=bool(rivals) and not unbeaten,
        unbeaten=unbeaten,
        words=_words(len(rivals), missing, [by_rival[name] for name in lost]),
    )


def champion_of(measures: Mapping[str, Decimal], verdicts: Sequence[Verdict], rules: Sequence[str]) -> str:
    """Who serves: the best of the promoted models, otherwise the best rule; equal ones in order of names.

    `rules` are the baselines that could serve: chance and untrained nets are yardsticks only.
    """
    promoted = [verdict.candidate for verdict in verdicts if verdict.is_promoted]
    return min(promoted or rules, key=lambda name: (-measures[name], name))


def _words(rivals: int, missing: Sequence[str], lost: Sequence[Contest]) -> str:
    if not rivals:
        return "Not promoted: it was measured against nobody."
    if missing:
        return f"Not promoted: it was not measured against {', '.join(missing)}."
    if not lost:
        return f"Promoted: it beats all {rivals} rivals, and the interval of every difference is above zero."
    hardest = min(lost, key=lambda contest: (contest.difference, contest.rival))
    others = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return (
        f"Not promoted: it does not surely beat {hardest.words}{others}; the difference is "
        f"{hardest.difference}, between {hardest.low} and {hardest.high}."
    )
