"""What a loss is worth if it is taken now: the tax saved, what comes back later, the costs, and waiting."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from taxharvest.engine.harvest.arithmetic import FigureLine
from taxharvest.engine.harvest.waiting import Threshold
from taxharvest.engine.year_facts import YearFacts

ZERO = Decimal(0)


class Decision(StrEnum):
    """What is to be done about a loss."""

    PROPOSE = "propose"
    WAIT = "wait"
    TOO_SMALL = "too_small"
    WASHED = "washed"
    NO_REPLACEMENT = "no_replacement"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True, kw_only=True)
class DividendFact:
    """A qualified dividend that was received: per share, in the account's currency, by its ex-dividend day."""

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
    - days_away: trading days until the position may be bought back; price_of_risk: see docs/harvesting.md.
    - return_share: how likely the household switches back at a gain (0 when it never does).
    - washed_allowed: the largest fraction of the loss that may be washed without refusing the whole.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be done, why in words, and the whole arithmetic; amounts in the account's currency.

    The benefit is before `costs`; its bounds differ where the income is not known. `deferral` and
    `rate_difference` add up to `benefit_low`. `option_value` is what waiting would be worth instead.
    """

    decision: Decision
    words: str
    benefit_low: Decimal = ZERO
    benefit_high: Decimal = ZERO
    deferral: Decimal = ZERO
    rate_difference: Decimal = ZERO
    costs: Decimal = ZERO
    option_value: Decimal = ZERO
    lines: tuple[FigureLine, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether nothing that the benefit depends on was unknown."""
        return not self.unknown

    @property
    def net_low(self) -> Decimal:
        """The least it is worth after its costs."""
        return self.benefit_low - self.costs

    @property
    def net_high(self) -> Decimal:
        """The most it is worth after its costs."""
        return self.benefit_high - self.costs
