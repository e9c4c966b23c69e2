"""What a harvest costs: two trades, the risk of the replacement, dividends, and the way back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from taxharvest.engine.harvest.arithmetic import FigureLine, fraction_line, money_line
from taxharvest.engine.harvest.candidates import Candidate
from taxharvest.engine.harvest.replacements import Replacement
from taxharvest.engine.harvest.tax_effects import Case, dividend_tax, short_gain_tax
from taxharvest.engine.harvest.terms import HarvestTerms
from taxharvest.engine.qualified_dividends import DividendShare, lost_by_sale

ZERO = Decimal(0)
TWO = Decimal(2)
TRADING_DAYS = Decimal(252)
# The mean of the positive half of a standard normal variable: 1 / sqrt(2 pi).
HALF_NORMAL = Decimal("0.3989422804")


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestCosts:
    """The costs of a harvest as positive amounts, each with its arithmetic in words.

    Where they depend on an income that is not known, they are the highest over all. `unknown` are sentences
    about what could not be counted.
    """

    trading: Decimal
    tracking: Decimal
    dividends: Decimal
    way_back: Decimal
    lines: tuple[FigureLine, ...]
    unknown: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """All of them."""
        return self.trading + self.tracking + self.dividends + self.way_back


def costs_of(
    candidate: Candidate, terms: HarvestTerms, replacement: Replacement, cases: Sequence[Case]
) -> HarvestCosts:
    """What selling the lots of `candidate` and holding `replacement` instead costs, in any of `cases`."""
    error = tracking_error_of(replacement, terms.volatility)
    trading, trading_line = _trading(candidate, terms, replacement)
    tracking, tracking_lines = _tracking(candidate, terms, error)
    dividends, dividend_line = _dividends(candidate, terms, cases)
    way_back, way_back_line = _way_back(candidate, terms, cases)
    return HarvestCosts(
        trading=trading,
        tracking=tracking,
        dividends=dividends,
        way_back=way_back,
        lines=(trading_line, *tracking_lines, dividend_line, way_back_line),
        unknown=tuple(_unknown(terms, error)),
    )


def tracking_error_of(replacement: Replacement, volatility: Decimal | None) -> Decimal | None:
    """The tracking error of a replacement, a year: its own, else sigma sqrt(2 (1 - rho)) with equal sigmas.

    None where neither is known.
    """
    if replacement.tracking_error is not None:
        return replacement.tracking_error
    if replacement.correlation is None or volatility is None:
        return None
    return volatility * (TWO * (1 - replacement.correlation)).sqrt()


def _trading(
    candidate: Candidate, terms: HarvestTerms, replacement: Replacement
) -> tuple[Decimal, FigureLine]:
    orders = 1 + len(replacement.parts)
    spread = TWO * terms.half_spread * candidate.value
    cost = spread + orders * terms.commission
    detail = (
        f"Half the spread, {_percent(terms.half_spread)} of {candidate.value:,.2f}, when selling and again "
        f"when buying, and {orders} commissions of {terms.commission:,.2f}."
    )
    return cost, money_line("Spread and commissions", -cost, candidate.currency, detail)


def _tracking(
    candidate: Candidate, terms: HarvestTerms, error: Decimal | None
) -> tuple[Decimal, tuple[FigureLine, ...]]:
    label = "Risk of the replacement"
    if error is None:
        detail = "How near the replacement comes is not known, so its risk is not in the costs."
        return ZERO, (money_line(label, None, candidate.currency, detail),)
    year = Decimal(terms.days_away) / TRADING_DAYS
    apart = error * year.sqrt()
    cost = candidate.value * apart * terms.price_of_risk * year.sqrt()
    words = f"Tracking error of {_percent(error)} a year over {terms.days_away} of 252 trading days."
    detail = (
        f"{candidate.value:,.2f} × {_percent(apart)} × {terms.price_of_risk} × "
        f"√({terms.days_away}/252): what such a risk would have to earn."
    )
    return cost, (
        fraction_line("The two may drift apart by", apart, words),
        money_line(label, -cost, candidate.currency, detail),
    )


def _dividends(
    candidate: Candidate, terms: HarvestTerms, cases: Iterable[Case]
) -> tuple[Decimal, FigureLine]:
    turned = lost_by_sale(_shares(candidate, terms), candidate.day)
    label = "Dividends that are no longer qualified"
    if not turned:
        detail = "No dividend received loses its holding period (IRC 1(h)(11)(B)(iii))."
        return ZERO, money_line(label, ZERO, candidate.currency, detail)
    cost = max(dividend_tax(case, turned) for case in cases)
    detail = (
        f"{turned:,.2f} of dividends would be held for 60 days or fewer of the 121 around their ex-dividend "
        "day, and be taxed as ordinary income (IRC 1(h)(11)(B)(iii))."
    )
    return cost, money_line(label, -cost, candidate.currency, detail)


def _shares(candidate: Candidate, terms: HarvestTerms) -> list[DividendShare]:
    return [
        DividendShare(
            amount=dividend.per_share * lot.quantity,
            acquired=lot.acquired,
            ex_dividend=dividend.ex_dividend,
        )
        for lot in candidate.lots
        for dividend in terms.dividends
    ]


def _way_back(candidate: Candidate, terms: HarvestTerms, cases: Iterable[Case]) -> tuple[Decimal, FigureLine]:
    label = "Short-term gain on the way back"
    if not terms.return_share:
        detail = "None: the household goes back only where that makes no gain."
        return ZERO, money_line(label, ZERO, candidate.currency, detail)
    if terms.volatility is None:
        detail = "How much the replacement may gain is not known, so this is not in the costs."
        return ZERO, money_line(label, None, candidate.currency, detail)
    spread = terms.volatility * (Decimal(terms.days_away) / TRADING_DAYS).sqrt()
    gain = candidate.value * spread * HALF_NORMAL
    cost = terms.return_share * max(short_gain_tax(case, gain) for case in cases)
    detail = (
        f"A gain of {gain:,.2f} is expected where there is one, short-term; the household goes back in "
        f"{_percent(terms.return_share)} of such cases."
    )
    return cost, money_line(label, -cost, candidate.currency, detail)


def _unknown(terms: HarvestTerms, error: Decimal | None) -> list[str]:
    unknown = []
    if error is None:
        unknown.append("There are too few closes to tell how near the replacement comes.")
    if terms.return_share and terms.volatility is None:
        unknown.append("There are too few closes to tell what going back may cost.")
    return unknown


def _percent(fraction: Decimal) -> str:
    return f"{fraction * 100:,.2f} %"
