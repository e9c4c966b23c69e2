"""Facts about people and households, as the rules above them take them."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxProfileRecord:
    """What is known of a household's tax year; what is not known is None, never zero."""

    household_id: UUID
    year: int
    filing_status: str | None
    ordinary_income: Decimal | None
    state: str | None
    state_rate: Decimal | None
    carryforward_short: Decimal | None
    carryforward_long: Decimal | None
