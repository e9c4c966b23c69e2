"""What a broker reported of a year, held against the book; nothing of it is kept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.errors import InvalidInput
from portfolios.engine.policies import WashMode
from portfolios.engine.records import RowOutcome, RowStatus
from portfolios.selectors.scopes import Scope
from taxharvest.engine.reconcile_1099b import Reconciliation, reconcile_1099b
from taxharvest.engine.records import TaxSale
from taxharvest.engine.reported_1099b import read_reported
from taxharvest.selectors.tax_sales import tax_sales
from taxharvest.selectors.tax_years import check_year

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The reconciliation of a file, how many lines it had of this and of other years, and its bad rows."""

    file_name: str
    year: int
    lines: int
    other_years: int
    reconciliation: Reconciliation
    wrong: tuple[RowOutcome, ...]
    left_out: tuple[RowOutcome, ...]

    @property
    def agreed(self) -> int:
        """How many pairs do not differ in anything."""
        return sum(not match.differences for match in self.reconciliation.matches)


def reported_compare(scope: Scope, year: int, *, file_name: str, data: bytes, today: date) -> Comparison:
    """The file in `data` against the sales of `year`, as the broker's rules see them.

    Raises InvalidInput for an empty file, one without a line of that year, and a year out of reach, and
    StatementError for a file that cannot be read.
    """
    check_year(year, today)
    if not data:
        raise _refusal(f"{file_name} is empty.")
    reported = read_reported(data)
    lines = [line for line in reported.lines if line.sold.year == year]
    wrong = tuple(row for row in reported.rows if row.status is RowStatus.WRONG)
    if not lines:
        raise _refusal(_why_nothing(file_name, year, wrong, len(reported.lines)))
    ours = tax_sales(scope, year, WashMode.BROKER)
    return Comparison(
        file_name=file_name,
        year=year,
        lines=len(lines),
        other_years=len(reported.lines) - len(lines),
        reconciliation=reconcile_1099b(
            ours.sales, lines, taxpayer_disallowed=_over_all_accounts(scope, year, ours.sales)
        ),
        wrong=wrong,
        left_out=tuple(row for row in reported.rows if row.status is RowStatus.LEFT_OUT),
    )


def _over_all_accounts(scope: Scope, year: int, ours: Sequence[TaxSale]) -> dict[str, Decimal]:
    """What of each of `ours` is disallowed over all accounts.

    The two books may part a sale differently, so what a lot of a sale has in one of them is shared out among
    its pieces in the other.
    """
    totals: defaultdict[tuple[str, date | None], Decimal] = defaultdict(Decimal)
    pieces: defaultdict[tuple[str, date | None], list[TaxSale]] = defaultdict(list)
    for sale in tax_sales(scope, year).sales:
        totals[sale.sale_key, sale.acquired] += sale.disallowed
    for sale in ours:
        pieces[sale.sale_key, sale.acquired].append(sale)
    shares: dict[str, Decimal] = {}
    for key, group in pieces.items():
        shares |= _shared_out(totals[key], group)
    return shares


def _shared_out(disallowed: Decimal, pieces: Sequence[TaxSale]) -> dict[str, Decimal]:
    """`disallowed` among `pieces`: first as the broker has it, then up to the loss of each."""
    shares: dict[str, Decimal] = {}
    for piece in pieces:
        shares[piece.key] = min(piece.disallowed, disallowed)
        disallowed -= shares[piece.key]
    for piece in pieces:
        loss = ZERO if piece.basis is None else max(ZERO, piece.basis - piece.proceeds)
        more = min(max(ZERO, loss - shares[piece.key]), disallowed)
        shares[piece.key] += more
        disallowed -= more
    return shares


def _why_nothing(name: str, year: int, wrong: Sequence[RowOutcome], elsewhere: int) -> str:
    """Why no line of a file is of the year: named by file, line and field where a row is at fault."""
    if elsewhere:
        return f"{name} lists {elsewhere} sales, none of them in {year}: choose the year of the file."
    if not wrong:
        return f"{name} lists no sale that is reported on Form 1099-B."
    first = wrong[0]
    field = f", {first.field}" if first.field else ""
    return f"{name}, line {first.line}{field}: {first.reason}"


def _refusal(sentence: str) -> InvalidInput:
    return InvalidInput(detail=sentence, code="reported-unusable", fields={"reported": [sentence]})
