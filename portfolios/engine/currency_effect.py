"""The part of a gain that exchange rates made, apart from the part that local prices made."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import NamedTuple

from common.money import ARITHMETIC, quantize
from portfolios.engine.figures import Explanation, ExplanationLine, LineKind

ZERO = Decimal(0)


class Invested(NamedTuple):
    """Money put into a holding (negative: taken out), in its own currency, at that day's rate to the base."""

    amount: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyEffect:
    """A gain in the base currency, split: the three parts add up to it exactly."""

    local: Decimal
    currency: Decimal
    cross: Decimal

    @property
    def total(self) -> Decimal:
        """The whole gain in the base currency."""
        return self.local + self.currency + self.cross


def split_gain(
    *,
    start_value: Decimal,
    start_rate: Decimal,
    end_value: Decimal,
    end_rate: Decimal,
    invested: Iterable[Invested] = (),
) -> CurrencyEffect:
    """The gain of a holding valued in its own currency, as seen from the base currency.

    Local: the gain in the holding's currency at the opening rate. Currency: what was held at the opening,
    and each amount invested since, times the change of the rate until the end. Cross: the local gain times
    the change of the rate over the interval (price and rate moving together). Without investments these are
    the textbook terms L·r0, V0·Δr and L·Δr. Each part has eight places; the cross term takes the rounding.
    """
    with localcontext(ARITHMETIC):
        flows = list(invested)
        local_gain = end_value - start_value - sum((flow.amount for flow in flows), ZERO)
        base_gain = (
            end_value * end_rate
            - start_value * start_rate
            - sum((flow.amount * flow.rate for flow in flows), ZERO)
        )
        held = start_value * (end_rate - start_rate)
        since = sum((flow.amount * (end_rate - flow.rate) for flow in flows), ZERO)
        local, currency = quantize(local_gain * start_rate), quantize(held + since)
        return CurrencyEffect(local=local, currency=currency, cross=quantize(base_gain) - local - currency)


def explain_currency_effect(name: str, effect: CurrencyEffect, base_currency: str) -> Explanation:
    """The three parts of a gain."""
    return Explanation(
        title=f"Currency effect on {name}",
        formula=(
            "Local price gain at the opening rate, plus the change of the rate on what was held, plus the "
            "two together"
        ),
        lines=(
            ExplanationLine(label="Local prices", amount=effect.local, currency=base_currency),
            ExplanationLine(label="Exchange rate", amount=effect.currency, currency=base_currency),
            ExplanationLine(label="Both together", amount=effect.cross, currency=base_currency),
            ExplanationLine(label="Gain", amount=effect.total, currency=base_currency, kind=LineKind.RESULT),
        ),
        rule="Bacon, Practical Portfolio Performance Measurement, multi-currency attribution",
    )
