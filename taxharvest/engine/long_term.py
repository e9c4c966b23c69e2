"""Income tax with long-term gains and qualified dividends stacked on top of ordinary income."""

from dataclasses import dataclass
from decimal import Decimal

from taxharvest.engine.ordinary import ZERO, ordinary_tax
from taxharvest.engine.records import FilingStatus
from taxharvest.engine.tables.record import TaxTable

RATE_15 = Decimal("0.15")
RATE_20 = Decimal("0.20")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """What of a taxable income is taxed at the long-term rates: lines 6, 9 and 18 of the worksheet.

    `rate_28_gain` is the collectibles gain that losses leave; it counts no further than `net_capital_gain`.
    """

    qualified_dividends: Decimal = ZERO
    net_capital_gain: Decimal = ZERO
    rate_28_gain: Decimal = ZERO

    @property
    def whole(self) -> Decimal:
        """Worksheet line 10."""
        return self.qualified_dividends + self.net_capital_gain

    @property
    def below_28(self) -> Decimal:
        """Worksheet line 13: what can reach the 0, 15 and 20 % bands."""
        return self.whole - min(self.net_capital_gain, self.rate_28_gain)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeTax:
    """The income tax of a year and the taxable income it is on, by the rate that applies.

    `by_bands` is the worksheet's line 45, `by_brackets` its line 46 (everything at ordinary rates); the tax
    is the smaller one, because IRC 1(h)(1) only ever lowers a tax.
    """

    taxable: Decimal
    ordinary: Decimal
    at_0: Decimal
    at_15: Decimal
    at_20: Decimal
    at_28: Decimal
    by_bands: Decimal
    by_brackets: Decimal

    @property
    def tax(self) -> Decimal:
        """Worksheet line 47."""
        return min(self.by_bands, self.by_brackets)


def income_tax(taxable: Decimal, preferred: Preferred, *, status: FilingStatus, table: TaxTable) -> IncomeTax:
    """The income tax on `taxable` (not negative), of which `preferred` has the long-term rates.

    Follows the Schedule D tax worksheet line by line, which carries out IRC 1(h)(1); without collectibles it
    is the qualified dividends and capital gain tax worksheet of Form 1040. Unrecaptured section 1250 gain is
    not part of it.
    """
    limits, below_28 = table.long_term[status], preferred.below_28
    # Worksheet line 21: ordinary income, and collectibles gain as far as brackets below 28 % reach.
    ordinary = max(ZERO, taxable - preferred.whole)
    if below_28 < preferred.whole:
        with_collectibles = max(ZERO, taxable - below_28)
        ordinary = max(ordinary, min(with_collectibles, table.top_below_28(status)))
    in_band_0 = min(taxable, limits.top_of_0)
    at_0 = in_band_0 - min(max(ZERO, taxable - below_28), in_band_0)
    left = min(taxable, below_28) - at_0
    room_at_15 = max(ZERO, min(taxable, limits.top_of_15) - ordinary - at_0)
    at_15 = min(left, room_at_15)
    at_20 = left - at_15
    at_28 = taxable - ordinary - at_0 - at_15 - at_20
    brackets = table.brackets[status]
    at_rates = at_15 * RATE_15 + at_20 * RATE_20 + at_28 * table.collectibles_rate
    return IncomeTax(
        taxable=taxable,
        ordinary=ordinary,
        at_0=at_0,
        at_15=at_15,
        at_20=at_20,
        at_28=at_28,
        by_bands=at_rates + ordinary_tax(ordinary, brackets),
        by_brackets=ordinary_tax(taxable, brackets),
    )
