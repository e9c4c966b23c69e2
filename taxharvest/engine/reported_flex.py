"""Reads the lots that Interactive Brokers closed, and its wash sales, from a Flex statement."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from portfolios.engine.holding import term_of
from portfolios.engine.records import RowOutcome, RowStatus, Term
from portfolios.engine.statements.flex import flex_rows
from portfolios.engine.statements.flex_trades import LEVELS
from portfolios.engine.statements.reading import SIZE_LIMIT
from portfolios.engine.statements.refusals import RowError, StatementError, ignored, left_out
from portfolios.engine.statements.rows import Row
from taxharvest.engine.reported_lines import Reported1099B, ReportedLine
from taxharvest.engine.sale_parts import ZERO

BUYS = "BUY"
TERM_CODES = {"ST": Term.SHORT, "LT": Term.LONG}
# Not on Form 1099-B as sales of property: currencies; and IRC 1256 contracts, which are on Form 6781.
OTHER_FORMS = frozenset(("CASH", "FUT", "FOP", "CFD"))
# From when on brokers report the basis of what was bought (Reg. 1.6045-1(a)(15)).
STOCK_COVERED, FUND_COVERED, OTHER_COVERED = date(2011, 1, 1), date(2012, 1, 1), date(2014, 1, 1)
FUND_KINDS = frozenset(("ETF", "CLOSED-END FUND", "OPEN-END FUND"))


def read_flex_1099b(data: bytes | BinaryIO, *, limit: int = SIZE_LIMIT) -> Reported1099B:
    """The closed lots of a Flex statement as reported lines, with the broker's wash sales in `disallowed`.

    Each row of the section Trades has an outcome; other sections are passed over. Raises StatementError when
    the file is too large, unsafe, no Flex statement, or lists no closed lots.
    """
    rows, broken = flex_rows(data, limit=limit)
    reading = _Reading()
    for row in rows:
        if row.tag in LEVELS:
            reading.take(row)
    if all(outcome.status is RowStatus.IGNORED for outcome in reading.outcomes):
        raise StatementError(
            "This statement lists no closed lots, where the broker reports gains. In the Flex query, "
            "tick Closed Lots (and Wash Sales) under Trades and run it again.",
            "reported-no-lots",
        )
    outcomes = sorted((*reading.outcomes, *broken), key=lambda outcome: outcome.line)
    return Reported1099B(lines=tuple(reading.lines), rows=tuple(outcomes))


class _Reading:
    """One walk over the trades: lots become lines, and a wash sale goes to the lot that lost before it."""

    def __init__(self) -> None:
        self.lines: list[ReportedLine] = []
        self.outcomes: list[RowOutcome] = []

    def take(self, row: Row) -> None:
        status, reason, field = RowStatus.READ, "", ""
        try:
            self._take(row)
        except RowError as problem:
            status, reason, field = problem.status, problem.reason, problem.field
        self.outcomes.append(
            RowOutcome(
                line=row.line, section=row.section, status=status, reason=reason, field=field, row=row.cells
            )
        )

    def _take(self, row: Row) -> None:
        if row.broken:
            raise RowError(f"this row is not well-formed XML: {row.broken}")
        level = row.text("levelOfDetail").upper().replace(" ", "_") or LEVELS[row.tag]
        if level == LEVELS["Lot"]:
            self.lines.append(_line(row))
        elif level == LEVELS["WashSale"]:
            self._wash(row)
        else:
            raise ignored("not a closed lot; what was reported is read from the closed lots")

    def _wash(self, row: Row) -> None:
        """Adds a disallowed loss to the latest lot of the security that lost that much on that day."""
        amount = abs(row.required("fifoPnlRealized"))
        realised = row.day("whenRealized", "tradeDate", "dateTime")
        for place in range(len(self.lines) - 1, -1, -1):
            line = self.lines[place]
            if _is_same(line, row) and line.sold == realised and _loss_left(line) >= amount:
                self.lines[place] = _washed(line, amount)
                return
        raise RowError("no closed lot before it lost that much on that day", field="fifoPnlRealized")


def _line(row: Row) -> ReportedLine:
    """The line that a closed lot makes. Raises RowError naming the cell at fault.

    `cost` is what opened the lot and `fifoPnlRealized` the result, so the proceeds of a sale are both
    together; a lot that a purchase closed was sold short first, and `cost` is what that sale brought.
    """
    if row.text("assetCategory").upper() in OTHER_FORMS:
        raise left_out("currencies and IRC 1256 contracts are not sales of property on Form 1099-B")
    currency = row.currency()
    if currency != "USD":
        raise left_out(f"is in {currency}, but the form is in US dollars", field="currency")
    opened, closed = row.optional_day("openDateTime"), row.day("tradeDate", "dateTime")
    cost, result = abs(row.required("cost")), row.required("fifoPnlRealized")
    is_short = row.text("buySell").upper().startswith(BUYS)
    return ReportedLine(
        line=row.line,
        account=row.text("accountId"),
        symbol=row.text("symbol").upper(),
        cusip=row.text("cusip"),
        description=row.text("description"),
        quantity=abs(row.required("quantity")),
        acquired=opened,
        sold=closed,
        proceeds=cost if is_short else cost + result,
        basis=cost - result if is_short else cost,
        term=_term(row, closed),
        is_basis_reported=_is_covered(row, opened),
        is_short_sale=is_short,
    )


def _term(row: Row, closed: date) -> Term:
    """The term by the broker's code ST or LT, else by the day on which the holding period began."""
    stated = [term for code, term in TERM_CODES.items() if code in row.codes("notes", "code")]
    if len(stated) == 1:
        return stated[0]
    return term_of(row.optional_day("holdingPeriodDateTime", "openDateTime"), closed)


def _is_covered(row: Row, opened: date | None) -> bool:
    if opened is None:
        return False
    if row.text("assetCategory").upper() != "STK":
        return opened >= OTHER_COVERED
    is_fund = row.text("subCategory").upper() in FUND_KINDS
    return opened >= (FUND_COVERED if is_fund else STOCK_COVERED)


def _is_same(line: ReportedLine, row: Row) -> bool:
    return (line.account, line.symbol) == (row.text("accountId"), row.text("symbol").upper())


def _loss_left(line: ReportedLine) -> Decimal:
    return (line.basis or ZERO) - line.proceeds - line.disallowed


def _washed(line: ReportedLine, amount: Decimal) -> ReportedLine:
    return replace(line, disallowed=line.disallowed + amount)
