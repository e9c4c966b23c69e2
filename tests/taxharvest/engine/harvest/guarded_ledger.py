"""A ledger of three accounts and trades that are to come in it: for tests of the wash guard."""

from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from portfolios.engine.policies import Identity, TaxRules
from portfolios.engine.records import PortfolioRecord, TaxOwner, TransactionRecord, Treatment
from taxharvest.engine.harvest.planned_trades import PlannedTrade
from taxharvest.engine.what_if import SaleLedger
from tests.portfolios.engine.ledger_rows import ACME, AWAY, BETA, HOME, buy
from trading.engine.tax_looks import TrapKind

TODAY = date(2026, 11, 27)
CALL = UUID(int=0xB7)
CHILD = UUID(int=0xA7)
SYMBOLS = {ACME: "ACME", BETA: "BETA", CALL: "ACME C"}
TWINS = TaxRules(
    identities=MappingProxyType({ACME: Identity(group=ACME), BETA: Identity(group=ACME)}),
)
CALLS = TaxRules(
    identities=MappingProxyType(
        {
            ACME: Identity(group=ACME),
            CALL: Identity(group=CALL, replaces=ACME, shares_per_unit=100),
        }
    )
)


def ledger(
    *rows: TransactionRecord, away: Treatment = Treatment.TAXABLE, rules: TaxRules | None = None
) -> SaleLedger:
    """The rows, with HOME taxable, AWAY as told, and an account of a child."""
    return SaleLedger(
        rows=rows,
        portfolios={
            HOME: PortfolioRecord(id=HOME, base_currency="USD"),
            AWAY: PortfolioRecord(id=AWAY, base_currency="USD", treatment=away),
            CHILD: PortfolioRecord(id=CHILD, base_currency="USD", owner=TaxOwner.OTHER),
        },
        rules=rules or TaxRules(),
    )


OLD = buy("2026-01-05", "10", "140")


def trade(quantity: str, kind: TrapKind = TrapKind.ORDER, **facts: Any) -> PlannedTrade:
    """A trade of ACME at 10 in AWAY that may happen today, unless told otherwise."""
    values: dict[str, Any] = {
        "kind": kind,
        "key": UUID(int=(0xC << 80) | 7 << 76 | 2 << 62 | abs(int(quantity))),
        "portfolio_id": AWAY,
        "instrument_id": ACME,
        "first": TODAY,
        "last": TODAY,
        "quantity": Decimal(quantity),
        "price": Decimal(10),
        "currency": "USD",
    }
    return PlannedTrade(**(values | facts))


def mine(quantity: str, **facts: Any) -> PlannedTrade:
    """The order of HOME that the guard is asked about."""
    return trade(quantity, **({"portfolio_id": HOME, "key": UUID(int=0xD << 80 | 7 << 76 | 2 << 62)} | facts))
