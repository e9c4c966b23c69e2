"""The facts of a tax year: frozen records that enter the rules and come out of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from portfolios.engine.records import Term


class FilingStatus(StrEnum):
    """Filing status of Form 1040."""

    SINGLE = "single"
    MARRIED_JOINT = "married_joint"
    MARRIED_SEPARATE = "married_separate"
    HEAD = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedSale:
    """What a broker's Form 1099-B says of one sale: boxes 1d, 1e, 1g, the term, and whether box 12 is set.

    `basis` is None where the broker gives none. `is_basis_reported` says that the basis went to the IRS.
    """

    proceeds: Decimal
    basis: Decimal | None
    disallowed: Decimal = Decimal(0)
    term: Term
    is_basis_reported: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSale:
    """One sale of the year as the taxpayer's book has it, in US dollars, for the forms.

    `key` identifies it (the disposal's identifier as text). `acquired` is the day of purchase, None for
    several days or an unknown one; `is_inherited` prints INHERITED instead. `basis` includes losses deferred
    into it, and is None while it is not known: such a sale is listed apart and never counted. `disallowed` is
    the washed part of the loss. `reported` is the broker's 1099-B line, None where there is none.

    `sale_key` names the sale that this is a piece of, where one account sold the same security more than once
    on a day; empty, everything of one security that left an account on one day counts as one sale.
    """

    key: str
    account: str
    description: str
    symbol: str
    cusip: str = ""
    quantity: Decimal
    acquired: date | None
    sold: date
    proceeds: Decimal
    basis: Decimal | None
    disallowed: Decimal = Decimal(0)
    term: Term
    is_inherited: bool = False
    is_short_sale: bool = False
    is_digital_asset: bool = False
    is_collectible: bool = False
    reported: ReportedSale | None = None
    sale_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLine:
    """A numbered line of a form: its label, up to three amounts (columns d, e, g), its result in `amount`.

    The result is column h where there are columns; None where it is not known.
    """

    number: str
    label: str
    proceeds: Decimal | None = None
    basis: Decimal | None = None
    adjustment: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleD:
    """Schedule D of one year with its carry-over worksheet; losses and carry-overs out are positive."""

    year: int
    filing_status: FilingStatus
    lines: tuple[FormLine, ...]
    worksheet: tuple[FormLine, ...]
    net_short: Decimal
    net_long: Decimal
    deducted: Decimal
    carry_short: Decimal
    carry_long: Decimal
