"""Tax by the brackets of ordinary income."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from taxharvest.engine.tables.record import Bracket

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BracketSlice:
    """The part of an income that lies in one bracket."""

    rate: Decimal
    amount: Decimal

    @property
    def tax(self) -> Decimal:
        """The tax on this part."""
        return self.rate * self.amount


def bracket_slices(taxable: Decimal, brackets: Sequence[Bracket]) -> tuple[BracketSlice, ...]:
    """`taxable` cut along the brackets (IRC 1(j)); brackets that it does not reach are left out."""
    slices: list[BracketSlice] = []
    bottom = ZERO
    for bracket in brackets:
        top = taxable if bracket.top is None else min(taxable, bracket.top)
        if top <= bottom:
            break
        slices.append(BracketSlice(rate=bracket.rate, amount=top - bottom))
        bottom = top
    return tuple(slices)


def ordinary_tax(taxable: Decimal, brackets: Sequence[Bracket]) -> Decimal:
    """The tax on `taxable` by the rate schedule, exactly.

    Below 100,000 the IRS Tax Table taxes the middle of a band of 50 dollars instead; the two differ by a few
    dollars at most.
    """
    tax = bottom = ZERO
    for bracket in brackets:
        if bracket.top is None or taxable <= bracket.top:
            return tax + bracket.rate * max(ZERO, taxable - bottom)
        tax += bracket.rate * (bracket.top - bottom)
        bottom = bracket.top
    return tax
