"""Gains that are final and gains on paper, with what is not known kept apart from both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from common.money import quantize
from portfolios.engine.figures import (
    Explanation,
    ExplanationLine,
    Figure,
    LineKind,
    Source,
    SourceKind,
    Unit,
    day_text,
    list_text,
)
from portfolios.engine.records import DisposalRecord, LotRecord, Term

ZERO = Decimal(0)
HOLDING_RULE = "IRC 1222: long when held for more than one year"
FORMULA = "Proceeds less basis, summed over the pieces of lots that were closed"
WASHED_FORMULA = "Proceeds less basis, with washed losses added back, summed over the closed pieces of lots"
WASH_RULE = f"{HOLDING_RULE}; IRC 1091: a loss that a replacement washes does not count"
TERM_LABELS = {Term.SHORT: "Short-term", Term.LONG: "Long-term", Term.UNKNOWN: "Term not known"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RealisedGains:
    """Gains made final in an interval, by term; `unknown` are disposals whose basis or rate is not known."""

    short: Figure
    long: Figure
    term_unknown: Figure
    total: Figure
    unknown: tuple[DisposalRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPosition:
    """A position on a day in the base currency; None where the price or the basis is not known."""

    instrument_id: UUID
    name: str
    quantity: Decimal
    value: Decimal | None
    basis: Decimal | None


def realised_gains(
    disposals: Iterable[DisposalRecord],
    *,
    currency: str,
    names: Mapping[UUID, str],
    first: date | None = None,
    last: date | None = None,
) -> RealisedGains:
    """The gains of disposals from `first` to `last` (both included), in their portfolios' base `currency`.

    Losses that the wash-sale rule disallows are left out of them: what is summed is what is recognised.
    A disposal whose basis or exchange rate is not known never counts as a gain or a loss: it is listed in
    `unknown`, and every explanation says how many there are.
    """
    chosen = [
        disposal
        for disposal in disposals
        if (first is None or disposal.disposed >= first) and (last is None or disposal.disposed <= last)
    ]
    known = [disposal for disposal in chosen if disposal.gain_base is not None]
    unknown = tuple(disposal for disposal in chosen if disposal.gain_base is None)
    by_term = {
        term: _realised(term, [item for item in known if item.term is term], currency, names, unknown)
        for term in Term
    }
    return RealisedGains(
        short=by_term[Term.SHORT],
        long=by_term[Term.LONG],
        term_unknown=by_term[Term.UNKNOWN],
        total=_realised_total(by_term, currency, unknown),
        unknown=unknown,
    )


def unrealised_gain(position: HeldPosition, *, currency: str, day: date) -> Figure:
    """Value less basis of one position, or the reason why there is none."""
    label = f"Unrealised gain on {position.name}"
    reason = _why_unknown(position, day)
    if position.value is None or position.basis is None:
        return Figure(
            key="unrealised_gain",
            label=label,
            value=None,
            unit=Unit.MONEY,
            currency=currency,
            reason=reason,
        )
    gain = position.value - position.basis
    source = Source(kind=SourceKind.INSTRUMENT, key=str(position.instrument_id))
    lines = (
        ExplanationLine(
            label=f"Value of {position.name}", amount=position.value, currency=currency, source=source
        ),
        ExplanationLine(label="Basis of its open lots", amount=-position.basis, currency=currency),
        ExplanationLine(label="Unrealised gain", amount=gain, currency=currency, kind=LineKind.RESULT),
    )
    return Figure(
        key="unrealised_gain",
        label=label,
        value=quantize(gain),
        unit=Unit.MONEY,
        currency=currency,
        explanation=Explanation(
            title=label,
            formula="Value at the last close, less the basis of the open lots",
            lines=lines,
            rule="IRC 1001(a): gain is the excess of the amount realised over the adjusted basis",
            prices_as_of=day,
        ),
    )


def unrealised_total(positions: Sequence[HeldPosition], *, currency: str, day: date) -> Figure:
    """The unrealised gains of all positions whose price and basis are known; the notes name the others.

    It has no value when not one of the positions is known.
    """
    figures = [(item, unrealised_gain(item, currency=currency, day=day)) for item in positions]
    known = [(item, figure.value) for item, figure in figures if figure.value is not None]
    reasons = [figure.reason for _, figure in figures if figure.value is None]
    if reasons and not known:
        return Figure(
            key="unrealised_total",
            label="Unrealised gain",
            value=None,
            unit=Unit.MONEY,
            currency=currency,
            reason=" ".join(reasons),
        )
    total = sum((gain for _, gain in known), ZERO)
    lines = [
        ExplanationLine(
            label=item.name,
            amount=gain,
            currency=currency,
            source=Source(kind=SourceKind.INSTRUMENT, key=str(item.instrument_id)),
        )
        for item, gain in known
    ]
    lines.append(
        ExplanationLine(label="Unrealised gain", amount=total, currency=currency, kind=LineKind.RESULT)
    )
    return Figure(
        key="unrealised_total",
        label="Unrealised gain",
        value=quantize(total),
        unit=Unit.MONEY,
        currency=currency,
        explanation=Explanation(
            title="Unrealised gain",
            formula="The sum over all holdings of value less basis",
            lines=tuple(lines),
            prices_as_of=day,
            notes=tuple(f"Not counted: {reason}" for reason in reasons),
        ),
    )


def basis_figure(lots: Sequence[LotRecord], *, name: str, currency: str) -> Figure:
    """The basis of a holding as the sum of its open lots, in the base currency.

    It has no value while one of the lots has no known basis. A short lot enters with its proceeds, negative.
    """
    unknown = [lot for lot in lots if lot.basis_base is None]
    if unknown:
        count = len(unknown)
        return Figure(
            key="basis",
            label=f"Basis of {name}",
            value=None,
            unit=Unit.MONEY,
            currency=currency,
            reason=f"The basis of {count} of the {len(lots)} open lots of {name} is not known.",
        )
    lines = [_lot_line(lot, currency) for lot in lots]
    total = sum((line.amount for line in lines if line.amount is not None), ZERO)
    lines.append(ExplanationLine(label="Basis", amount=total, currency=currency, kind=LineKind.RESULT))
    return Figure(
        key="basis",
        label=f"Basis of {name}",
        value=quantize(total),
        unit=Unit.MONEY,
        currency=currency,
        explanation=Explanation(
            title=f"Basis of {name}",
            formula="The sum of the adjusted bases of its open lots, each at the rate of its purchase",
            lines=tuple(lines),
            rule="IRC 1012 and 1016: cost, fees included, with its adjustments",
        ),
    )


def _realised(
    term: Term,
    disposals: Sequence[DisposalRecord],
    currency: str,
    names: Mapping[UUID, str],
    unknown: Sequence[DisposalRecord],
) -> Figure:
    label = (
        f"{TERM_LABELS[term]} realised gain" if term is not Term.UNKNOWN else "Realised gain, term not known"
    )
    gains = [(item, item.recognised_base) for item in disposals]
    is_washed = any(item.disallowed_base for item in disposals)
    total = sum((gain for _, gain in gains if gain is not None), ZERO)
    lines = [
        ExplanationLine(
            label=f"{names.get(item.instrument_id, str(item.instrument_id))}, {day_text(item.disposed)}",
            amount=gain,
            currency=currency,
            detail=f"{item.quantity.normalize():f} sold; {_proceeds_text(item)}",
            source=Source(kind=SourceKind.DISPOSAL, key=str(item.id)),
        )
        for item, gain in gains
    ]
    lines.append(ExplanationLine(label=label, amount=total, currency=currency, kind=LineKind.RESULT))
    return Figure(
        key=f"realised_{term.value}",
        label=label,
        value=quantize(total),
        unit=Unit.MONEY,
        currency=currency,
        explanation=Explanation(
            title=label,
            formula=WASHED_FORMULA if is_washed else FORMULA,
            lines=tuple(lines),
            rule=WASH_RULE if is_washed else HOLDING_RULE,
            notes=_unknown_notes(unknown),
        ),
    )


def _realised_total(
    by_term: Mapping[Term, Figure], currency: str, unknown: Sequence[DisposalRecord]
) -> Figure:
    total = sum((figure.value for figure in by_term.values() if figure.value is not None), ZERO)
    lines = [
        ExplanationLine(label=figure.label, amount=figure.value, currency=currency)
        for figure in by_term.values()
    ]
    lines.append(
        ExplanationLine(label="Realised gain", amount=total, currency=currency, kind=LineKind.RESULT)
    )
    return Figure(
        key="realised_total",
        label="Realised gain",
        value=quantize(total),
        unit=Unit.MONEY,
        currency=currency,
        explanation=Explanation(
            title="Realised gain",
            formula="Short-term and long-term gains, and those whose term is not known, added up",
            lines=tuple(lines),
            rule=HOLDING_RULE,
            notes=_unknown_notes(unknown),
        ),
    )


def _proceeds_text(item: DisposalRecord) -> str:
    washed = f", {item.disallowed_base:,.2f} of the loss washed" if item.disallowed_base else ""
    return f"proceeds {item.proceeds_base:,.2f}, basis {item.basis_base:,.2f}{washed}"


def _unknown_notes(unknown: Sequence[DisposalRecord]) -> tuple[str, ...]:
    if not unknown:
        return ()
    days = list_text(day_text(item.disposed) for item in unknown)
    plural = "s" if len(unknown) > 1 else ""
    return (f"{len(unknown)} disposal{plural} with unknown basis or exchange rate not counted: {days}.",)


def _why_unknown(position: HeldPosition, day: date) -> str:
    if position.value is None:
        return f"{position.name} has no usable price on {day_text(day)}."
    return f"The basis of {position.name} is not known."


def _lot_line(lot: LotRecord, currency: str) -> ExplanationLine:
    acquired = "on an unknown day" if lot.acquired is None else day_text(lot.acquired)
    basis = lot.basis_base if lot.basis_base is None or lot.quantity > 0 else -lot.basis_base
    return ExplanationLine(
        label=f"{lot.quantity.normalize():f} acquired {acquired}",
        amount=basis,
        currency=currency,
        detail=f"{lot.deferred_base:,.2f} of it from washed losses" if lot.deferred_base else "",
        source=Source(kind=SourceKind.LOT, key=str(lot.id)),
    )
