"""Arithmetic of a proposal, line by line: how lines are made, and how they are kept as text."""

from collections.abc import Mapping
from decimal import Decimal

from common.money import quantize
from portfolios.engine.figures import ExplanationLine, LineKind, Unit

# The book's own line of arithmetic: pages show it as they show any other.
FigureLine = ExplanationLine

# Places kept of what is no money: rates, correlations, shares of a whole.
FRACTION_UNIT = Decimal("0.000001")


def money_line(
    label: str, amount: Decimal | None, currency: str, detail: str = "", kind: LineKind = LineKind.LINE
) -> FigureLine:
    """A line of money; `amount` None where it is not known, and `detail` then says why."""
    exact = None if amount is None else quantize(amount)
    return FigureLine(label=label, amount=exact, currency=currency, detail=detail, kind=kind)


def fraction_line(label: str, amount: Decimal | None, detail: str = "") -> FigureLine:
    """A line of a fraction: 0.1 is 10 %."""
    rounded = None if amount is None else amount.quantize(FRACTION_UNIT)
    return FigureLine(label=label, amount=rounded, unit=Unit.FRACTION, detail=detail)


def line_kept(line: FigureLine) -> dict[str, str | None]:
    """A line as text by name, to be stored with a proposal."""
    return {
        "label": line.label,
        "amount": None if line.amount is None else f"{line.amount:f}",
        "unit": line.unit.value,
        "currency": line.currency,
        "kind": line.kind.value,
        "detail": line.detail,
    }


def line_read(kept: Mapping[str, str | None]) -> FigureLine:
    """The line that `line_kept` wrote down. Raises KeyError or ValueError for anything else."""
    amount = kept["amount"]
    return FigureLine(
        label=kept["label"] or "",
        amount=None if amount is None else Decimal(amount),
        unit=Unit(kept["unit"] or ""),
        currency=kept["currency"] or "",
        kind=LineKind(kept["kind"] or ""),
        detail=kept["detail"] or "",
    )
