"""Short ways to make sales of the tax year for tests."""

from datetime import date
from decimal import Decimal
from typing import Any

from portfolios.engine.records import Term
from taxharvest.engine.records import ReportedSale, TaxSale


def money(text: str) -> Decimal:
    return Decimal(text)


def sale(key: str = "1", **changes: Any) -> TaxSale:
    """A short-term loss of 200 on 100 shares, with what `changes` say instead."""
    values: dict[str, Any] = {
        "key": key,
        "account": "Main",
        "description": "ACME CORP",
        "symbol": "ACME",
        "cusip": "000000101",
        "quantity": Decimal(100),
        "acquired": date(2025, 2, 3),
        "sold": date(2025, 6, 30),
        "proceeds": Decimal(800),
        "basis": Decimal(1000),
        "term": Term.SHORT,
    }
    for name, value in changes.items():
        is_number = isinstance(value, str) and name in ("quantity", "proceeds", "basis", "disallowed")
        values[name] = Decimal(value) if is_number else value
    return TaxSale(**values)


def reported(
    proceeds: str = "800",
    basis: str | None = "1000",
    disallowed: str = "0",
    term: Term = Term.SHORT,
    *,
    is_basis_reported: bool = True,
) -> ReportedSale:
    """What the broker reports of a sale."""
    return ReportedSale(
        proceeds=Decimal(proceeds),
        basis=None if basis is None else Decimal(basis),
        disallowed=Decimal(disallowed),
        term=term,
        is_basis_reported=is_basis_reported,
    )
