"""What no model finds in prices, and rules do: closes that stand still, jump and return, drift, hide splits.

No detector that was measured finds a stale price or a drift (docs/models.md), so these are plain rules on
closes as they were traded. Each takes an instrument's own habits as its measure: a money-market fund may
stand still.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise
from statistics import median_low

from common import formats
from common.money import ARITHMETIC

ONE = Decimal(1)
# The habits of an instrument are those of so many sessions before.
HABIT = 60
# Closes that stand still for so many sessions are stale, where the instrument moves on most days.
STILL = 5
STILL_WARNING = 10
STILL_SEVERE = 20
MOVES_USUALLY = Decimal("0.9")
# A jump is so many usual moves, and at least so large.
JUMP_MOVES = 8
JUMP_LEAST = Decimal("0.08")
# A jump that is taken back to within this part of itself was a bad tick.
TAKEN_BACK = Decimal("0.25")
# Of the last DRIFT sessions, so many went one way: by chance about 4 in 10,000 windows.
DRIFT = 20
DRIFT_ONE_WAY = 18
# Unless the instrument usually goes one way, as one that accrues interest does.
ONE_WAY_USUALLY = Decimal("0.75")
# How near to a usual ratio a jump must be, and how near the ledger must know of a split.
RATIO_NEAR = Decimal("0.03")
SPLIT_KNOWN = timedelta(days=5)
RATIOS = tuple(
    (Decimal(new) / Decimal(old), f"{new} for {old}")
    for new, old in (
        (2, 1), (3, 1), (4, 1), (5, 1), (10, 1), (20, 1),
        (1, 2), (1, 3), (1, 4), (1, 5), (1, 8), (1, 10), (1, 20),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFinding:
    """What a rule found in one instrument's closes; `ended` is None while it goes on."""

    kind: str
    severity: str
    began: date
    ended: date | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """The closes of one instrument as traded, oldest first, and the days of splits that the book knows."""

    symbol: str
    days: tuple[date, ...]
    closes: tuple[Decimal, ...]
    split_days: frozenset[date] = frozenset()

    def moves(self) -> tuple[Decimal, ...]:
        """The relative change into each session but the first, splits and all."""
        with localcontext(ARITHMETIC):
            return tuple(after / before - ONE for before, after in pairwise(self.closes))


def price_findings(series: Closes, *, since: date) -> list[PriceFinding]:
    """What the rules find in a series from `since` on, oldest first. Earlier closes are the measure alone.

    Nothing is found in a series shorter than its habits, or with a close that is not positive.
    """
    if len(series.days) <= HABIT or any(close <= 0 for close in series.closes):
        return []
    moves = series.moves()
    rules: tuple[Rule, ...] = (_stale, _jumps, _drifts)
    found = [finding for rule in rules for finding in rule(series, moves)]
    return sorted(
        (one for one in found if (one.ended or series.days[-1]) >= since),
        key=lambda one: (one.began, one.kind),
    )


Rule = Callable[[Closes, Sequence[Decimal]], Iterator[PriceFinding]]


def _stale(series: Closes, moves: Sequence[Decimal]) -> Iterator[PriceFinding]:
    for first, last in _runs([move == 0 for move in moves]):
        length = last - first + 1
        if length < STILL or not _moves_usually(moves[max(0, first - HABIT) : first]):
            continue
        goes_on = last == len(moves) - 1
        yield PriceFinding(
            kind="stale_price",
            severity=_by_length(length),
            began=series.days[first + 1],
            ended=None if goes_on else series.days[last + 1],
            words=f"{series.symbol} has closed at {formats.price(series.closes[last + 1])} for {length} "
            f"sessions in a row, though it usually moves every day. Its price may no longer be fetched.",
        )


def _jumps(series: Closes, moves: Sequence[Decimal]) -> Iterator[PriceFinding]:
    """Jumps out of all habit: taken back the next day, or standing at the ratio of a split."""
    skip = -1
    for place in range(HABIT, len(moves)):
        if place == skip or not _is_jump(moves, place):
            continue
        following = moves[place + 1] if place + 1 < len(moves) else None
        if following is not None and _is_taken_back(moves[place], following):
            skip = place + 1
            yield _bad_tick(series, moves[place], place)
        elif not _is_known(series.days[place + 1], series.split_days) and (
            ratio := _split_ratio(moves[place])
        ):
            yield _missed_split(series, ratio, place)


def _bad_tick(series: Closes, move: Decimal, place: int) -> PriceFinding:
    jumped = formats.signed(formats.percent(move, 1))
    return PriceFinding(
        kind="bad_tick",
        severity="warning",
        began=series.days[place + 1],
        ended=series.days[place + 2],
        words=f"{series.symbol} closed {jumped} and came back the next session: "
        f"{formats.price(series.closes[place + 1])} is most likely a wrong price.",
    )


def _missed_split(series: Closes, ratio: str, place: int) -> PriceFinding:
    before, after = (formats.price(series.closes[place + step]) for step in (0, 1))
    return PriceFinding(
        kind="missed_split",
        severity="severe",
        began=series.days[place + 1],
        ended=series.days[place + 1],
        words=f"{series.symbol} went from {before} to {after} in one session, which is what a split of "
        f"{ratio} looks like, and the book knows of none. Shares, lots and returns would be wrong.",
    )


def _drifts(series: Closes, moves: Sequence[Decimal]) -> Iterator[PriceFinding]:
    flags = [_is_drift(moves, end) for end in range(len(moves))]
    for first, last in _runs(flags):
        window = series.closes[last + 1] / series.closes[last + 1 - DRIFT] - ONE
        yield PriceFinding(
            kind="drift",
            severity="notice",
            began=series.days[first + 1],
            ended=None if last == len(moves) - 1 else series.days[last + 1],
            words=f"{series.symbol} went one way in {DRIFT_ONE_WAY} or more of {DRIFT} sessions, "
            f"{formats.signed(formats.percent(window, 1))} in all, with no single day out of the ordinary.",
        )


def _is_drift(moves: Sequence[Decimal], end: int) -> bool:
    """Whether the window that ends at `end` went one way, in an instrument that does not always do so."""
    first = end + 1 - DRIFT
    if first < HABIT:
        return False
    window, habit = moves[first : end + 1], moves[first - HABIT : first]
    up, down = _ways(window)
    return max(up, down) >= DRIFT_ONE_WAY and max(_ways(habit)) < ONE_WAY_USUALLY * HABIT


def _ways(moves: Sequence[Decimal]) -> tuple[int, int]:
    return sum(move > 0 for move in moves), sum(move < 0 for move in moves)


def _is_jump(moves: Sequence[Decimal], place: int) -> bool:
    size = abs(moves[place])
    if size < JUMP_LEAST:
        return False
    usual = median_low(abs(move) for move in moves[place - HABIT : place])
    return size >= JUMP_MOVES * usual


def _is_taken_back(move: Decimal, following: Decimal) -> bool:
    with localcontext(ARITHMETIC):
        return abs((ONE + move) * (ONE + following) - ONE) <= TAKEN_BACK * abs(move)


def _split_ratio(move: Decimal) -> str:
    """The usual ratio that a move is near to, in words; empty where there is none."""
    with localcontext(ARITHMETIC):
        shares = ONE / (ONE + move)
        return next((words for ratio, words in RATIOS if abs(shares / ratio - ONE) <= RATIO_NEAR), "")


def _moves_usually(habit: Sequence[Decimal]) -> bool:
    return len(habit) == HABIT and sum(move != 0 for move in habit) >= MOVES_USUALLY * HABIT


def _by_length(length: int) -> str:
    if length >= STILL_SEVERE:
        return "severe"
    return "warning" if length >= STILL_WARNING else "notice"


def _runs(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last place of every unbroken run of true flags."""
    first = None
    for place, flag in enumerate(flags):
        if flag and first is None:
            first = place
        if not flag and first is not None:
            yield first, place - 1
            first = None
    if first is not None:
        yield first, len(flags) - 1


def _is_known(day: date, split_days: Collection[date]) -> bool:
    return any(abs(day - known) <= SPLIT_KNOWN for known in split_days)
