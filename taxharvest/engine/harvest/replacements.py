"""What may be held instead of something sold at a loss: which funds and shares, how near, and how good."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from common.money import ARITHMETIC

ZERO = Decimal(0)
ONE = Decimal(1)
SCORE_UNIT = Decimal("0.0001")
# A tracking error of this much a year is worth no point of the score.
WORST_TRACKING_ERROR = Decimal("0.10")
# The last place of a pair list that still says something.
LAST_RANK = 9


class Tag(StrEnum):
    """How near a replacement is to what it replaces; RED is never offered."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Verdict(StrEnum):
    """What somebody said of a replacement, whatever the table says."""

    ALLOW = "allow"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementPart:
    """One thing to buy for a `share` of the proceeds; no `instrument_id` where the book does not know it."""

    instrument_id: UUID | None
    symbol: str
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What to hold instead: one fund, or a basket of shares; the shares of the parts add up to one.

    `correlation` of daily returns and `tracking_error` a year (a fraction) come from `sample` days of the
    book's own closes; None where there are too few. `source` and `confidence` say where the pair is from.
    `score` is between 0 and 1, higher is better.
    """

    parts: tuple[ReplacementPart, ...]
    tag: Tag
    reason: str
    correlation: Decimal | None
    tracking_error: Decimal | None
    sample: int
    source: str
    confidence: str
    score: Decimal = ZERO

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of its parts, in order."""
        return tuple(part.symbol for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A row of the table, seen from `symbol`: what it tracks, and another fund that tracks something else."""

    asset_class: str
    symbol: str
    index: str
    other_symbol: str
    other_index: str
    rank: int
    tag: Tag
    reason: str
    source: str
    confidence: str

    @property
    def reversed(self) -> "Pair":
        """The same row, seen from the other fund."""
        return Pair(
            asset_class=self.asset_class,
            symbol=self.other_symbol,
            index=self.other_index,
            other_symbol=self.symbol,
            other_index=self.index,
            rank=self.rank,
            tag=self.tag,
            reason=self.reason,
            source=self.source,
            confidence=self.confidence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Somebody's word on a pair, in both directions; a household's own goes before an operator's."""

    symbol: str
    other_symbol: str
    verdict: Verdict
    reason: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How near two series of closes are: correlation and tracking error a year; None for too few days."""

    correlation: Decimal | None
    tracking_error: Decimal | None
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An instrument that may be bought: what counts as one with it, and whether it has a close to go by."""

    instrument_id: UUID
    symbol: str
    group: UUID
    sector: str
    is_priced: bool


UNLIKE = Likeness(correlation=None, tracking_error=None, sample=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merits:
    """What the score is made of, each between 0 and 1, None where it is not known."""

    correlation: Decimal | None = None
    tracking: Decimal | None = None
    overlap: Decimal | None = None
    sector: Decimal | None = None
    expense: Decimal | None = None
    liquidity: Decimal | None = None


WEIGHTS: Mapping[str, Decimal] = MappingProxyType(
    {
        "correlation": Decimal("0.35"),
        "tracking": Decimal("0.25"),
        "overlap": Decimal("0.20"),
        "sector": Decimal("0.10"),
        "expense": Decimal("0.05"),
        "liquidity": Decimal("0.05"),
    }
)


def score_of(merits: Merits) -> Decimal:
    """The weighted mean of what is known; the weights of what is not are spread over the rest.

    Nothing known scores nothing.
    """
    known = {name: value for name in WEIGHTS if (value := getattr(merits, name)) is not None}
    weight = sum((WEIGHTS[name] for name in known), ZERO)
    if not weight:
        return ZERO
    total = sum((WEIGHTS[name] * value for name, value in known.items()), ZERO)
    return ARITHMETIC.divide(total, weight).quantize(SCORE_UNIT)


def merits_of(likeness: Likeness, *, is_same_sector: bool | None) -> Merits:
    """What is known of a replacement from closes and sectors; a negative correlation counts as none.

    Without closes a sector alone is no merit: nothing would then rank before what is known to be near.
    """
    error = likeness.tracking_error
    if error is None:
        return Merits()
    return Merits(
        correlation=None if likeness.correlation is None else max(ZERO, likeness.correlation),
        tracking=max(ZERO, ONE - error / WORST_TRACKING_ERROR),
        sector=None if is_same_sector is None else Decimal(int(is_same_sector)),
    )


class PairBook:
    """The rows of the table, asked by symbol from either side."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._rows: dict[str, dict[str, Pair]] = {}
        self.indices: dict[str, str] = {}
        self._classes: dict[str, list[str]] = {}
        for pair in pairs:
            for row, is_given in ((pair, True), (pair.reversed, False)):
                others = self._rows.setdefault(row.symbol, {})
                if is_given or row.other_symbol not in others:
                    others[row.other_symbol] = row
                if row.index:
                    self.indices[row.symbol] = row.index
            self._note_class(pair)

    def of(self, symbol: str) -> tuple[Pair, ...]:
        """What the table says may stand in for `symbol`, in its order; RED rows are among them.

        A fund that is one with another by a RED row is replaced by whatever replaces that one: S&P 500 funds
        share their alternatives.
        """
        found = dict(self._rows.get(symbol, {}))
        for twin in [other for other, row in found.items() if row.tag is Tag.RED]:
            for other, row in self._rows.get(twin, {}).items():
                if other != symbol and other not in found:
                    found[other] = replace(row, symbol=symbol)
        return tuple(sorted(found.values(), key=lambda row: (row.rank, row.other_symbol)))

    def in_class(self, asset_class: str) -> tuple[str, ...]:
        """The funds of an asset class in the order of the table; those of a RED row count once."""
        return tuple(self._classes.get(asset_class, ()))

    def _note_class(self, pair: Pair) -> None:
        symbols = self._classes.setdefault(pair.asset_class, [])
        names = (pair.symbol,) if pair.tag is Tag.RED else (pair.symbol, pair.other_symbol)
        symbols.extend(name for name in names if name not in symbols)

    def tag_of(self, symbol: str, other: str) -> tuple[Tag, str] | None:
        """How near two funds are by their indices and their row; None where the table knows nothing."""
        row = self._rows.get(symbol, {}).get(other)
        index, other_index = self.indices.get(symbol), self.indices.get(other)
        if index and other_index and _same(index, other_index):
            return Tag.RED, f"Both track {index}."
        return None if row is None else (row.tag, row.reason)


def overridden(overrides: Iterable[Override], symbol: str, other: str) -> Override | None:
    """The word that holds for a pair: the household's own before an operator's, the same both ways."""
    named = [one for one in overrides if {one.symbol, one.other_symbol} == {symbol, other}]
    return min(named, key=lambda one: (not one.is_own, one.verdict is Verdict.ALLOW), default=None)


def fund_replacements(
    sold: Known,
    book: PairBook,
    known: Mapping[str, Known],
    *,
    overrides: Sequence[Override] = (),
    blocked: Collection[str | UUID] = (),
    likenesses: Mapping[str, Likeness] | None = None,
) -> tuple[Replacement, ...]:
    """What may be held instead of the fund `sold`, best first; never anything RED.

    Filtered are funds on the same index, those that count as one with it (the household's own groups among
    them), those `blocked` (by symbol or instrument), forbidden by an override, or known without a usable
    close. What an override allows is added where the table is silent. GREEN goes before AMBER, what the book
    can price before what it does not know; then the score decides, then the order of the table.
    """
    pairs = {pair.other_symbol: pair for pair in book.of(sold.symbol)}
    pairs |= {pair.other_symbol: pair for pair in _allowed(sold.symbol, overrides, pairs)}
    found = []
    for pair in pairs.values():
        other = known.get(pair.other_symbol)
        if _is_out(sold, pair, other, book) or _is_blocked(pair.other_symbol, other, blocked):
            continue
        said = overridden(overrides, sold.symbol, pair.other_symbol)
        if said is not None and said.verdict is Verdict.FORBID:
            continue
        likeness = (likenesses or {}).get(pair.other_symbol, UNLIKE)
        found.append((pair, _offered(pair, other, said, likeness)))
    found.sort(key=lambda one: _order(one[1], one[0].rank))
    return tuple(offer for _, offer in found)


def is_identical(sold: Known, other: Known) -> bool:
    """Whether two instruments count as one under the household's rules."""
    return sold.group == other.group or sold.symbol == other.symbol


def _allowed(symbol: str, overrides: Iterable[Override], pairs: Collection[str]) -> Iterable[Pair]:
    """Rows that an override adds: what somebody allows where the table says nothing."""
    for one in overrides:
        if one.verdict is not Verdict.ALLOW or symbol not in (one.symbol, one.other_symbol):
            continue
        other = one.other_symbol if one.symbol == symbol else one.symbol
        if other not in pairs:
            yield Pair(
                asset_class="",
                symbol=symbol,
                index="",
                other_symbol=other,
                other_index="",
                rank=1,
                tag=Tag.GREEN,
                reason=one.reason,
                source="Allowed by the household" if one.is_own else "Allowed by an operator",
                confidence="rule",
            )


def _is_out(sold: Known, pair: Pair, other: Known | None, book: PairBook) -> bool:
    """Whether a row is too near, or names something that has stopped trading."""
    near = book.tag_of(sold.symbol, pair.other_symbol)
    if pair.tag is Tag.RED or (near is not None and near[0] is Tag.RED):
        return True
    return other is not None and (is_identical(sold, other) or not other.is_priced)


def _is_blocked(symbol: str, other: Known | None, blocked: Collection[str | UUID]) -> bool:
    return symbol in blocked or (other is not None and other.instrument_id in blocked)


def _offered(pair: Pair, other: Known | None, said: Override | None, likeness: Likeness) -> Replacement:
    is_allowed = said is not None and said.verdict is Verdict.ALLOW
    reason = said.reason if said is not None and is_allowed and said.reason else pair.reason
    return Replacement(
        parts=(
            ReplacementPart(
                instrument_id=None if other is None else other.instrument_id,
                symbol=pair.other_symbol,
                share=ONE,
            ),
        ),
        tag=pair.tag,
        reason=reason,
        correlation=likeness.correlation,
        tracking_error=likeness.tracking_error,
        sample=likeness.sample,
        source=pair.source,
        confidence=pair.confidence,
        # Rows of the table stay within one asset class: there is no sector to compare.
        score=score_of(merits_of(likeness, is_same_sector=None)),
    )


def _order(offer: Replacement, rank: int) -> tuple[bool, bool, Decimal, int, str]:
    is_unknown = any(part.instrument_id is None for part in offer.parts)
    return is_unknown, offer.tag is Tag.AMBER, -offer.score, rank, offer.parts[0].symbol


def _same(index: str, other: str) -> bool:
    return " ".join(index.split()).casefold() == " ".join(other.split()).casefold()
