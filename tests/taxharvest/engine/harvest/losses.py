"""Losses that tests judge: candidates, terms and replacements written short."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from portfolios.engine.records import Term
from taxharvest.engine.harvest.candidates import Candidate, LossLot
from taxharvest.engine.harvest.replacements import Replacement, ReplacementPart, Tag
from taxharvest.engine.harvest.terms import HarvestTerms
from tests.taxharvest.engine.tax_years import tax_year

D = Decimal
DAY = date(2025, 11, 27)
SPRING = date(2025, 3, 3)


def lot(
    basis: str = "10000", value: str = "8000", acquired: date = SPRING, number: int = 1, quantity: str = "100"
) -> LossLot:
    """A hundred shares that have lost a fifth of ten thousand since the spring."""
    return LossLot(
        lot_id=UUID(int=number),
        acquired=acquired,
        holding_date=acquired,
        quantity=D(quantity),
        basis=D(basis),
        value=D(value),
    )


def candidate(*lots: LossLot, **facts: Any) -> Candidate:
    """A position with these lots under water, none of which would be washed."""
    chosen = lots or (lot(),)
    short = sum((one.loss for one in chosen if one.term_on(DAY) is Term.SHORT), D(0))
    whole = sum((one.loss for one in chosen), D(0))
    values: dict[str, Any] = {
        "portfolio_id": UUID(int=0xA1),
        "instrument_id": UUID(int=0xB1),
        "symbol": "VLUE",
        "currency": "USD",
        "day": DAY,
        "price": D(80),
        "price_day": date(2025, 11, 26),
        "lots": chosen,
        "short_loss": short,
        "long_loss": whole - short,
        "washed": D(0),
        "outcome": None,
    }
    return Candidate(**(values | facts))


def terms(**facts: Any) -> HarvestTerms:
    """A single person with 60,000 of income and 5,000 of short-term gains; a dollar in a year counts 0.8."""
    years = facts.pop("years", (tax_year(ordinary_income="60000", short_gain="5000"),))
    plain = HarvestTerms(years=years, discount_rate=D("0.25"), horizon_years=1, volatility=D("0.2"))
    return replace(plain, **facts)


def fund(**facts: Any) -> Replacement:
    """Another fund that stays within 5 % a year."""
    values: dict[str, Any] = {
        "parts": (ReplacementPart(instrument_id=UUID(int=0xB2), symbol="QUAL", share=D(1)),),
        "tag": Tag.GREEN,
        "reason": "Another index.",
        "correlation": D("0.95"),
        "tracking_error": D("0.05"),
        "sample": 700,
        "source": "test",
        "confidence": "memory",
    }
    return Replacement(**(values | facts))
