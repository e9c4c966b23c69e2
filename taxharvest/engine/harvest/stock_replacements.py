"""What may be held instead of the share of a company: shares of its sector, a fund of it, or a broad fund."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from taxharvest.engine.harvest.replacements import (
    UNLIKE,
    Known,
    Likeness,
    Override,
    PairBook,
    Replacement,
    ReplacementPart,
    Tag,
    Verdict,
    is_identical,
    merits_of,
    overridden,
    score_of,
)

ONE = Decimal(1)
ANOTHER_COMPANY = "Shares of other companies are not substantially identical."
OWN_CLOSES = "Worked out from the book’s own closes"
RULE = "rule"
BROAD_CLASS = "US large cap"
MOST_FUNDS = 2
# Sectors by the names that statements and the standard classification use, to asset classes of the table.
SECTOR_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "information technology": "Technology",
        "technology": "Technology",
        "health care": "Health care",
        "healthcare": "Health care",
        "financials": "Financials",
        "financial services": "Financials",
        "energy": "Energy",
        "industrials": "Industrials",
        "consumer discretionary": "Consumer discretionary",
        "consumer cyclical": "Consumer discretionary",
        "consumer staples": "Consumer staples",
        "consumer defensive": "Consumer staples",
        "utilities": "Utilities",
        "materials": "Materials",
        "basic materials": "Materials",
        "communication services": "Communication",
        "communications": "Communication",
        "real estate": "US REIT",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """Shares of the proceeds by name, adding up to one, and how the basket follows the sold share.

    `tracking_error` a year, `correlation` and the `sample` of days are of daily returns, held against those
    of the sold share; `model_error` is the tracking error that the weights make least.
    """

    shares: tuple[tuple[str, Decimal], ...]
    tracking_error: Decimal
    model_error: Decimal
    correlation: Decimal | None
    sample: int


def sector_names(
    sold: Known,
    shares: Iterable[Known],
    *,
    overrides: Sequence[Override] = (),
    blocked: Collection[str | UUID] = (),
) -> tuple[Known, ...]:
    """The shares of the sector of `sold` that a basket may be made of, by symbol; none without a sector."""
    if not sold.sector:
        return ()
    fit = [
        one
        for one in shares
        if one.sector.casefold() == sold.sector.casefold()
        and one.is_priced
        and not is_identical(sold, one)
        and not _is_refused(sold, one, overrides, blocked)
    ]
    return tuple(sorted(fit, key=lambda one: one.symbol))


def basket_replacement(basket: Basket, names: Iterable[Known], sector: str) -> Replacement:
    """A basket out of `names` as a replacement, with how near it came."""
    keys = {one.symbol: one.instrument_id for one in names}
    likeness = Likeness(
        correlation=basket.correlation, tracking_error=basket.tracking_error, sample=basket.sample
    )
    return Replacement(
        parts=tuple(
            ReplacementPart(instrument_id=keys[symbol], symbol=symbol, share=share)
            for symbol, share in basket.shares
        ),
        tag=Tag.GREEN,
        reason=f"Shares of the same sector ({sector}), weighted to follow the one sold. {ANOTHER_COMPANY}",
        correlation=basket.correlation,
        tracking_error=basket.tracking_error,
        sample=basket.sample,
        source=OWN_CLOSES,
        confidence=RULE,
        score=score_of(merits_of(likeness, is_same_sector=True)),
    )


def fund_offers(
    sold: Known,
    book: PairBook,
    known: Mapping[str, Known],
    likenesses: Mapping[str, Likeness],
    *,
    overrides: Sequence[Override] = (),
    blocked: Collection[str | UUID] = (),
) -> Iterator[Replacement]:
    """Funds of the sector of `sold`, at most two, and a broad fund that the book has closes of."""
    sector_class = SECTOR_CLASSES.get(sold.sector.casefold(), "")
    funds = [
        symbol
        for symbol in book.in_class(sector_class)
        if not _is_fund_refused(sold, symbol, known, overrides, blocked)
    ]
    for symbol in sorted(funds, key=lambda one: one not in known)[:MOST_FUNDS]:
        reason = f"A fund of the sector ({sold.sector}): a fund is not identical with one of its shares."
        yield _fund(symbol, known, likenesses, reason, is_same_sector=True)
    for symbol in book.in_class(BROAD_CLASS):
        if symbol in known and not _is_fund_refused(sold, symbol, known, overrides, blocked):
            reason = "A broad fund: near the market, not the sector."
            yield _fund(symbol, known, likenesses, reason, is_same_sector=False)
            return


def best_first(offers: Iterable[Replacement]) -> tuple[Replacement, ...]:
    """What the book can price before what it does not know, then by score, then by symbols."""
    return tuple(
        sorted(
            offers,
            key=lambda offer: (
                any(part.instrument_id is None for part in offer.parts),
                -offer.score,
                offer.symbols,
            ),
        )
    )


def _is_refused(
    sold: Known, other: Known, overrides: Sequence[Override], blocked: Collection[str | UUID]
) -> bool:
    said = overridden(overrides, sold.symbol, other.symbol)
    is_forbidden = said is not None and said.verdict is Verdict.FORBID
    return is_forbidden or other.symbol in blocked or other.instrument_id in blocked


def _is_fund_refused(
    sold: Known,
    symbol: str,
    known: Mapping[str, Known],
    overrides: Sequence[Override],
    blocked: Collection[str | UUID],
) -> bool:
    other = known.get(symbol)
    if other is None:
        said = overridden(overrides, sold.symbol, symbol)
        return symbol in blocked or (said is not None and said.verdict is Verdict.FORBID)
    is_out = is_identical(sold, other) or not other.is_priced
    return is_out or _is_refused(sold, other, overrides, blocked)


def _fund(
    symbol: str,
    known: Mapping[str, Known],
    likenesses: Mapping[str, Likeness],
    reason: str,
    *,
    is_same_sector: bool,
) -> Replacement:
    other = known.get(symbol)
    likeness = likenesses.get(symbol, UNLIKE)
    return Replacement(
        parts=(
            ReplacementPart(
                instrument_id=None if other is None else other.instrument_id, symbol=symbol, share=ONE
            ),
        ),
        tag=Tag.GREEN,
        reason=reason,
        correlation=likeness.correlation,
        tracking_error=likeness.tracking_error,
        sample=likeness.sample,
        source="Rule: a fund instead of a share",
        confidence=RULE,
        score=score_of(merits_of(likeness, is_same_sector=is_same_sector)),
    )
