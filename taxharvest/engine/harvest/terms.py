"""What the worth of a loss depends on: the household's year, the account's policy, the market."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from taxharvest.engine.harvest.waiting import Threshold
from taxharvest.engine.year_facts import YearFacts

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DividendFact:
    """A qualified dividend received: per share, in the account's currency, by its ex-dividend day."""

    ex_dividend: date
    per_share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestTerms:
    """Everything about the household, the account and the market that the worth of a loss depends on.

    - years: the tax year as it stands without the loss; one for each filing status while that is not known.
      A year without ordinary income gives a range over every income.
    - discount_rate, horizon_years: how later taxes are discounted, and when the replacement is sold.
    - threshold, least_benefit: the account's policy; `least_benefit` is after costs, in its currency.
    - half_spread: half the gap between bid and ask as a fraction of the price; commission: of one order.
    - volatility: of the position, a year; None where there are too few closes.
    - days_away: trading days until the position may be bought back; price_of_risk: what a year of one unit of
      risk has to earn, as a Sharpe ratio.
    - dividends: qualified dividends of the last months, which a sale may turn ordinary.
    - return_share: how likely the household switches back at a gain; 0 when it never does.
    - washed_allowed: the largest fraction of the loss that may be washed without refusing the whole.
    - is_collectible: whether long-term gains of the position are taxed as collectibles (IRC 1(h)(4)).

    docs/harvesting.md says why each default is what it is.
    """

    years: tuple[YearFacts, ...]
    discount_rate: Decimal = Decimal("0.05")
    horizon_years: int = 10
    threshold: Threshold = Threshold.OPTION
    least_benefit: Decimal = Decimal(20)
    half_spread: Decimal = Decimal("0.0003")
    commission: Decimal = ZERO
    volatility: Decimal | None = None
    days_away: int = 21
    price_of_risk: Decimal = Decimal("0.4")
    dividends: tuple[DividendFact, ...] = ()
    return_share: Decimal = ZERO
    washed_allowed: Decimal = ZERO
    is_collectible: bool = False
