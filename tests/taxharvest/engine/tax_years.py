"""Tax years that tests tax."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from taxharvest.engine.records import FilingStatus
from taxharvest.engine.year_facts import YearFacts

D = Decimal


def tax_year(**fields: Any) -> YearFacts:
    """A single person's 2025 without deductions; texts among `fields` become amounts."""
    plain = YearFacts(year=2025, filing_status=FilingStatus.SINGLE, ordinary_income=D(0), deductions=D(0))
    return replace(plain, **{name: _amount(name, value) for name, value in fields.items()})


def ds(*amounts: Decimal | int | str | None) -> tuple[Decimal | None, ...]:
    """Amounts that tests expect, written short."""
    return tuple(None if amount is None else Decimal(amount) for amount in amounts)


def _amount(name: str, value: Any) -> Any:
    return D(value) if isinstance(value, str) and name != "filing_status" else value
