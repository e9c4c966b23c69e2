"""What brokers report of sales: the lines of a Form 1099-B or of its electronic likeness."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolios.engine.records import RowOutcome, Term
from taxharvest.engine.records import ReportedSale


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedLine:
    """One reported sale; `line` is where it stands in the file. Amounts are US dollars and positive.

    `acquired` is None for several days, an unknown one or an inheritance. `quantity` and `basis` are None
    where the broker gives none. `disallowed` is box 1g.
    """

    line: int
    account: str = ""
    symbol: str = ""
    cusip: str = ""
    description: str = ""
    quantity: Decimal | None = None
    acquired: date | None
    sold: date
    proceeds: Decimal
    basis: Decimal | None
    disallowed: Decimal = Decimal(0)
    term: Term = Term.UNKNOWN
    is_basis_reported: bool = True
    is_short_sale: bool = False

    @property
    def name(self) -> str:
        """What the line is about, for people."""
        return self.symbol or self.description or self.cusip

    @property
    def reported_sale(self) -> ReportedSale:
        """The line as the forms want it."""
        return ReportedSale(
            proceeds=self.proceeds,
            basis=self.basis,
            disallowed=self.disallowed,
            term=self.term,
            is_basis_reported=self.is_basis_reported,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported1099B:
    """The lines of a file, and the fate of each of its rows."""

    lines: tuple[ReportedLine, ...]
    rows: tuple[RowOutcome, ...]
