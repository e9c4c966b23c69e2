"""The cast of the demo: two spouses and their four accounts. All of it is invented."""

from dataclasses import dataclass
from decimal import Decimal

EMAIL = "demo@wealthalloc.test"
PASSWORD = "wealthalloc-demo"  # noqa: S105 - printed on the demo's own front page
HOUSEHOLD = "Okafor household"
OWNER, SPOUSE = "Elena Okafor", "Marcus Okafor"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """One account of the demo: what it is, what it starts with, and what it likes to buy."""

    key: str
    name: str
    kind: str
    holder: str
    provider: str
    number: str
    opening_deposit: Decimal
    quarterly_deposit: Decimal
    commission: Decimal
    reinvests: bool
    favourites: tuple[str, ...]
    sells: bool


ACCOUNTS = (
    DemoAccount(
        key="elena-ibkr",
        name="Elena, Taxable",
        kind="taxable",
        holder=OWNER,
        provider="Interactive Brokers",
        number="U7304821",
        opening_deposit=Decimal(160_000),
        quarterly_deposit=Decimal(9_000),
        commission=Decimal("1.00"),
        reinvests=False,
        favourites=("AAPL", "MSFT", "VOO", "JPM", "HD", "XOM", "UNH", "KO", "AMD"),
        sells=True,
    ),
    DemoAccount(
        key="elena-fidelity",
        name="Elena, Taxable 2",
        kind="taxable",
        holder=OWNER,
        provider="Fidelity",
        number="Z20440937",
        opening_deposit=Decimal(70_000),
        quarterly_deposit=Decimal(3_000),
        commission=Decimal(0),
        reinvests=False,
        favourites=("JNJ", "PG", "QUAL", "BAC", "CVX", "PFE", "GE", "WMT"),
        sells=True,
    ),
    DemoAccount(
        key="elena-roth",
        name="Elena, Roth IRA",
        kind="roth",
        holder=OWNER,
        provider="Interactive Brokers",
        number="U8136640",
        opening_deposit=Decimal(85_000),
        quarterly_deposit=Decimal(1_750),
        commission=Decimal(0),
        reinvests=True,
        favourites=("BND", "MTUM", "USMV", "LLY", "MRK"),
        sells=False,
    ),
    DemoAccount(
        key="marcus-schwab",
        name="Marcus, Taxable",
        kind="spouse_taxable",
        holder=SPOUSE,
        provider="Schwab",
        number="40167716",
        opening_deposit=Decimal(95_000),
        quarterly_deposit=Decimal(4_500),
        commission=Decimal(0),
        reinvests=False,
        favourites=("IVV", "PEP", "SIZE", "BBY", "RRC", "MRK", "USMV"),
        sells=True,
    ),
)
