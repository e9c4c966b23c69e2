"""What a tax year's table holds: brackets, bands, limits and where each comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from taxharvest.engine.records import FilingStatus

T = TypeVar("T")

# Rates of IRC 1(j)(2), which P.L. 119-21 sec. 70101 made permanent.
_RATES = tuple(map(Decimal, ("0.10", "0.12", "0.22", "0.24", "0.32", "0.35", "0.37")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """A bracket of ordinary income: its rate, and the taxable income at which it ends (None for the last)."""

    rate: Decimal
    top: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTermBands:
    """Taxable incomes at which the 0 % and the 15 % band of long-term gains end; above is 20 % (IRC 1(h))."""

    top_of_0: Decimal
    top_of_15: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTable:
    """The figures of one tax year by filing status, in US dollars, with the publications they come from."""

    year: int
    brackets: Mapping[FilingStatus, tuple[Bracket, ...]]
    long_term: Mapping[FilingStatus, LongTermBands]
    standard_deduction: Mapping[FilingStatus, Decimal]
    loss_cap: Mapping[FilingStatus, Decimal]
    niit_threshold: Mapping[FilingStatus, Decimal]
    niit_rate: Decimal
    collectibles_rate: Decimal
    sources: tuple[str, ...]

    def top_below_28(self, status: FilingStatus) -> Decimal:
        """Where the last bracket below the collectibles rate ends (Schedule D tax worksheet, line 19)."""
        tops = [bracket.top for bracket in self.brackets[status] if bracket.rate < self.collectibles_rate]
        return max(top for top in tops if top is not None)


def brackets(*tops: int) -> tuple[Bracket, ...]:
    """Brackets of 10, 12, 22, 24, 32, 35 and 37 %, of which the first six end at `tops`."""
    ends = (*map(Decimal, tops), None)
    return tuple(Bracket(rate=rate, top=top) for rate, top in zip(_RATES, ends, strict=True))


def bands(top_of_0: int, top_of_15: int) -> LongTermBands:
    """The long-term bands that end at these taxable incomes."""
    return LongTermBands(top_of_0=Decimal(top_of_0), top_of_15=Decimal(top_of_15))


def by_status(*, single: T, joint: T, separate: T, head: T) -> Mapping[FilingStatus, T]:
    """One value for each filing status."""
    return MappingProxyType(
        {
            FilingStatus.SINGLE: single,
            FilingStatus.MARRIED_JOINT: joint,
            FilingStatus.MARRIED_SEPARATE: separate,
            FilingStatus.HEAD: head,
        }
    )


def amounts(*, single: int, joint: int, separate: int, head: int) -> Mapping[FilingStatus, Decimal]:
    """One amount for each filing status."""
    return by_status(
        single=Decimal(single), joint=Decimal(joint), separate=Decimal(separate), head=Decimal(head)
    )
