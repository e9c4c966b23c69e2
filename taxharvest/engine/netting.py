"""Netting of a year's gains and losses, the limit on net losses, and what carries over by character."""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Netting:
    """Net short and long (Schedule D lines 7 and 15, carry-overs in), and what becomes of a net loss.

    `deducted` is line 21 as a positive amount. `used` is the part of it that the carry-over worksheet counts
    as spent (its line 4): less than `deducted` where taxable income would be negative. The carry-overs are
    positive.
    """

    net_short: Decimal
    net_long: Decimal
    deducted: Decimal
    used: Decimal
    carry_short: Decimal
    carry_long: Decimal

    @property
    def total(self) -> Decimal:
        """Schedule D line 16."""
        return self.net_short + self.net_long

    @property
    def counted(self) -> Decimal:
        """What enters Form 1040: the net gain, or the net loss up to its limit."""
        return self.total if self.total > 0 else -self.deducted

    @property
    def taxed_short(self) -> Decimal:
        """Short-term gain left after all losses: taxed at ordinary rates."""
        return max(ZERO, min(self.net_short, self.total))

    @property
    def taxed_long(self) -> Decimal:
        """Net capital gain of IRC 1222(11): long-term gain left after all losses."""
        return max(ZERO, min(self.net_long, self.total))


def net_year(
    *,
    short: Decimal,
    long: Decimal,
    cap: Decimal,
    carry_short: Decimal = ZERO,
    carry_long: Decimal = ZERO,
    taxable_income: Decimal | None = None,
) -> Netting:
    """The netting of a year's `short` and `long` results with the carry-overs from before (positive).

    Short against short, long against long, then across (IRC 1222); a net loss is deducted up to `cap`
    (IRC 1211(b)); the rest carries over with its character, the short-term part used first (IRC 1212(b)).
    `taxable_income` is that of the year after the deduction, negative where it would be (worksheet line 1);
    None means that it is large enough for the deduction to be used in full.
    """
    net_short, net_long = short - carry_short, long - carry_long
    deducted = max(ZERO, min(cap, -(net_short + net_long)))
    used = used_deduction(deducted, taxable_income)
    return Netting(
        net_short=net_short,
        net_long=net_long,
        deducted=deducted,
        used=used,
        carry_short=carried_short(net_short, net_long, used),
        carry_long=carried_long(net_short, net_long, used),
    )


def used_deduction(deducted: Decimal, taxable_income: Decimal | None) -> Decimal:
    """Carry-over worksheet, lines 1 to 4: a deduction from income that is not there is not spent."""
    if taxable_income is None:
        return deducted
    return min(deducted, max(ZERO, taxable_income + deducted))


def carried_short(net_short: Decimal, net_long: Decimal, used: Decimal) -> Decimal:
    """Carry-over worksheet, lines 5 to 8: the short loss less the long gain and the deduction used."""
    return max(ZERO, -net_short - max(ZERO, net_long) - used)


def carried_long(net_short: Decimal, net_long: Decimal, used: Decimal) -> Decimal:
    """Carry-over worksheet, lines 9 to 13: the long loss less the short gain and what short left over."""
    left = max(ZERO, used - max(ZERO, -net_short))
    return max(ZERO, -net_long - max(ZERO, net_short) - left)


def rate_28_gain(*, collectibles: Decimal, carry_long: Decimal, net_short: Decimal) -> Decimal:
    """The 28 % rate gain worksheet (Schedule D line 18): collectibles gain that other losses leave.

    A long-term carry-over and a net short-term loss reduce it first (IRC 1(h)(4)).
    """
    return max(ZERO, collectibles - carry_long + min(ZERO, net_short))
