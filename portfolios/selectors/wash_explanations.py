"""Why a loss does not count, and why a basis is more than was paid: wash sales to the share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import User, Viewer
from common.errors import NotFound
from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    Figure,
    LineKind,
    Source,
    SourceKind,
    Unit,
    day_text,
)
from portfolios.models import Disposal, Lot
from portfolios.selectors.washes import WashLine, WashSide, wash_lines

ZERO = Decimal(0)
PER_SHARE = Decimal("0.0001")
WASHED = "IRC 1091(a)"
BASIS = "1091(d)"
HOLDING = "1223(3)"
RETIREMENT = "Rev. Rul. 2008-5"
SPOUSE = "Pub. 550"


@dataclass(frozen=True, slots=True, kw_only=True)
class WashFigure:
    """A figure of one row, whose it is in words, and the instrument whose page it belongs to."""

    figure: Figure
    subject: str
    instrument_id: UUID


def disallowed_loss(user: Viewer, disposal_id: UUID) -> WashFigure:
    """The disallowed loss of a closed piece, purchase by purchase.

    Raises NotFound for a piece that is not `user`'s to see, or of which nothing is disallowed.
    """
    if not isinstance(user, User):
        raise _unknown()
    rows = Disposal.objects.visible_to(user).select_related("portfolio", "instrument", "transaction")
    piece = rows.filter(pk=disposal_id).first()
    if piece is None or not piece.disallowed_base:
        raise _unknown()
    washes = wash_lines(user, disposal_ids=[disposal_id])
    currency = piece.portfolio.base_currency
    return WashFigure(
        subject=f"{piece.instrument.symbol}, {piece.portfolio.name}",
        instrument_id=piece.instrument_id,
        figure=Figure(
            key="disallowed_loss",
            label="Disallowed loss",
            value=piece.disallowed_base,
            unit=Unit.MONEY,
            currency=currency,
            explanation=Explanation(
                title=f"Loss of {day_text(piece.disposed)} that does not count",
                formula=(
                    "The loss on one share times the shares that were replaced within 30 days before or "
                    "after the sale"
                ),
                lines=(*_piece_lines(piece, currency), *_match_lines(piece, washes)),
                rule=_rule(washes),
                notes=tuple(sentence for wash in washes for sentence in _fate(wash)),
            ),
        ),
    )


def deferred_loss(user: Viewer, lot_id: UUID) -> WashFigure:
    """The losses in the basis of an open lot, sale by sale.

    Matches name the undivided lot. What left it with shares that were sold since, or stands in other parts
    of it, is a line of its own. Raises NotFound for a lot that is not `user`'s to see or took nothing up.
    """
    if not isinstance(user, User):
        raise _unknown()
    lot = Lot.objects.visible_to(user).select_related("portfolio", "instrument").filter(pk=lot_id).first()
    if lot is None or not lot.deferred_base:
        raise _unknown()
    washes = [wash for wash in wash_lines(user, lot_id=lot.root_id) if not wash.is_permanent]
    currency = lot.portfolio.base_currency
    return WashFigure(
        subject=f"{lot.instrument.symbol}, {lot.portfolio.name}",
        instrument_id=lot.instrument_id,
        figure=Figure(
            key="deferred_loss",
            label="Deferred losses",
            value=lot.deferred_base,
            unit=Unit.MONEY,
            currency=currency,
            explanation=Explanation(
                title=f"Deferred losses in the lot of {_day(lot.acquired)}",
                formula="What was paid, and the losses that its shares took up when they replaced others",
                lines=tuple(_lot_lines(lot, washes, currency)),
                rule=_rule(washes) or f"IRC {BASIS}",
                notes=tuple(_clock(lot)),
            ),
        ),
    )


def _unknown() -> NotFound:
    return NotFound("There is no such figure.", code="not-found")


def _piece_lines(piece: Disposal, currency: str) -> list[ExplanationLine]:
    """The arithmetic of the washed shares themselves."""
    sale = Source(kind=SourceKind.TRANSACTION, key=str(piece.transaction_id))
    gain = piece.gain_base or ZERO
    each = quantize(ARITHMETIC.divide(-gain, piece.quantity), PER_SHARE)
    return [
        ExplanationLine(
            label=f"Proceeds of {_plain(piece.quantity)} shares",
            amount=piece.proceeds_base,
            currency=currency,
            source=sale,
        ),
        ExplanationLine(
            label=f"Their basis, acquired {_day(piece.acquired)}", amount=piece.basis_base, currency=currency
        ),
        ExplanationLine(
            label="Loss on them",
            amount=gain,
            currency=currency,
            kind=LineKind.SUBTOTAL,
            detail=f"{_plain(each)} {currency} a share",
        ),
    ]


def _match_lines(piece: Disposal, washes: Sequence[WashLine]) -> Iterable[ExplanationLine]:
    """Each purchase in words with its part of the loss, and the sum."""
    sold = abs(piece.transaction.quantity)
    for wash in washes:
        yield ExplanationLine(
            label=(
                f"{_plain(wash.loss.quantity)} of {_plain(sold)} shares sold on {day_text(wash.loss.day)} "
                f"were replaced by {_plain(wash.replacement.quantity)} {wash.replacement.symbol} "
                f"bought on {day_text(wash.replacement.day)} in {wash.replacement.account}"
            ),
            amount=wash.disallowed,
            currency=wash.currency,
            source=_source(wash.replacement),
        )
    yield ExplanationLine(
        label="Loss that does not count",
        amount=piece.disallowed_base,
        currency=piece.portfolio.base_currency,
        kind=LineKind.RESULT,
    )


def _lot_lines(lot: Lot, washes: Sequence[WashLine], currency: str) -> Iterable[ExplanationLine]:
    for wash in washes:
        yield ExplanationLine(
            label=(
                f"{_plain(wash.replacement.quantity)} of its shares replaced {_plain(wash.loss.quantity)} "
                f"{wash.loss.symbol} sold at a loss on {day_text(wash.loss.day)} in {wash.loss.account}"
            ),
            amount=wash.disallowed,
            currency=wash.currency,
            source=_source(wash.loss),
        )
    rest = lot.deferred_base - sum((wash.disallowed for wash in washes), ZERO)
    if rest:
        yield ExplanationLine(
            label=(
                "Left with shares sold since, or in other parts of the lot"
                if rest < 0
                else "Came with the shares from the lot that they were before"
            ),
            amount=rest,
            currency=currency,
        )
    yield ExplanationLine(
        label=f"In the basis of {_plain(lot.quantity)} shares",
        amount=lot.deferred_base,
        currency=currency,
        kind=LineKind.RESULT,
        detail="" if lot.basis_base is None else f"basis {lot.basis_base:,.2f} {currency} with it",
        source=Source(kind=SourceKind.LOT, key=str(lot.pk)),
    )


def _fate(wash: WashLine) -> Iterable[str]:
    """What became of the loss, and of the days that the shares sold had been held."""
    bought = day_text(wash.replacement.day)
    if wash.is_permanent:
        yield f"No basis takes up the loss that the purchase of {bought} replaced: it is lost for good."
        return
    yield f"The loss is in the basis of the lot of {bought}."
    if wash.days_tacked is not None:
        since = wash.replacement.day - timedelta(days=wash.days_tacked)
        yield (
            f"{wash.days_tacked} days are added to its holding period: acquired {bought}, it counts from "
            f"{day_text(since)}."
        )


def _clock(lot: Lot) -> Iterable[str]:
    if lot.acquired and lot.holding_date and lot.holding_date != lot.acquired:
        days = (lot.acquired - lot.holding_date).days
        yield (
            f"{days} days of what was sold are added to the holding period: acquired "
            f"{day_text(lot.acquired)}, it counts from {day_text(lot.holding_date)}."
        )


def _rule(washes: Sequence[WashLine]) -> str:
    """The sources that these matches rest on, each once."""
    if not washes:
        return ""
    cited = [WASHED]
    if any(not wash.is_permanent for wash in washes):
        cited.append(BASIS)
    if any(wash.days_tacked is not None for wash in washes):
        cited.append(HOLDING)
    if any(wash.is_permanent and wash.is_plan for wash in washes):
        cited.append(RETIREMENT)
    if any(wash.is_spouse for wash in washes):
        cited.append(SPOUSE)
    return ", ".join(cited)


def _source(side: WashSide) -> Source | None:
    if side.transaction_id is None:
        return None
    return Source(kind=SourceKind.TRANSACTION, key=str(side.transaction_id))


def _day(day: date | None) -> str:
    return "on an unknown day" if day is None else day_text(day)


def _plain(value: Decimal) -> str:
    return f"{value.normalize(ARITHMETIC):f}"
