"""Form 8949: sales of the year as rows with columns (a) to (h), by box, with what is not known kept apart."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.money import cents
from portfolios.engine.records import Term
from taxharvest.engine.boxes import (
    DIGITAL,
    DIRECT_LINES,
    LETTERS,
    NO_STATEMENT,
    NOT_REPORTED,
    REPORTED,
    Box,
    Code,
    Part,
)
from taxharvest.engine.records import ReportedSale, TaxSale
from taxharvest.engine.sale_parts import CENT, ZERO, SaleKey, cents_parts, merged, sale_of, true_term

DIGITAL_BOXES_SINCE = 2025
VARIOUS, INHERITED = "VARIOUS", "INHERITED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form8949Row:
    """A row of the form; amounts are in US dollars and whole cents, and `gain` is (d) less (e) plus (g).

    `keys` are the sales that the row is made of; `codes` is column (f) as it is written; `notes` say in words
    what a reader should know of an adjustment.
    """

    keys: tuple[str, ...]
    account: str
    symbol: str
    cusip: str
    box: Box
    description: str
    acquired: date | None
    is_inherited: bool
    sold: date
    proceeds: Decimal
    basis: Decimal
    codes: str
    adjustment: Decimal
    washed: Decimal
    notes: tuple[str, ...] = ()

    @property
    def part(self) -> Part:
        """The part of the form in which the row stands."""
        return self.box.part

    @property
    def gain(self) -> Decimal:
        """Column (h): column (d) less column (e), and column (g) added."""
        return self.proceeds - self.basis + self.adjustment

    @property
    def acquired_text(self) -> str:
        """Column (b) where it is a word: INHERITED, VARIOUS; empty where it is a day."""
        if self.is_inherited:
            return INHERITED
        return VARIOUS if self.acquired is None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of columns (d), (e), (g) and (h)."""

    proceeds: Decimal = ZERO
    basis: Decimal = ZERO
    adjustment: Decimal = ZERO
    gain: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSection:
    """All rows under one box, with their totals."""

    box: Box
    rows: tuple[Form8949Row, ...]
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompleteSale:
    """A sale that is not on the form, and in words why."""

    sale: TaxSale
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form8949:
    """The form of one year: sections in the order of the form, and sales that could not be counted.

    `direct` are the sections that go to lines 1a and 8a of Schedule D without a row of this form.
    """

    year: int
    sections: tuple[BoxSection, ...]
    direct: tuple[BoxSection, ...] = ()
    incomplete: tuple[IncompleteSale, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that occur on the form, in alphabetical order."""
        return tuple(
            sorted({code for section in self.sections for row in section.rows for code in row.codes})
        )

    def line_totals(self) -> dict[str, Totals]:
        """The totals by line of Schedule D (1a, 1b, 2, 3, 8a, 8b, 9, 10), for the lines that have any."""
        lines: dict[str, list[Totals]] = defaultdict(list)
        for section in self.direct:
            lines[DIRECT_LINES[section.box]].append(section.totals)
        for section in self.sections:
            lines[section.box.schedule_line].append(section.totals)
        return {line: _added(totals) for line, totals in lines.items()}


def form_8949(sales: Iterable[TaxSale], *, year: int, summarises_direct: bool = False) -> Form8949:
    """Form 8949 of `year` for `sales`, all of them made in that year.

    Pieces of one lot that left with the same sale make one row, when day of purchase, term and box agree.
    Cents are shared out so that the rows of one sale add up to it. With `summarises_direct`, rows whose basis
    was reported and that need no adjustment go to lines 1a and 8a of Schedule D (Exception 1). A sale with
    unknown basis or term is never counted: it is in `incomplete`.

    Raises ValueError for a sale of another year. Source: Instructions for Form 8949, columns (a) to (h).
    """
    counted: list[TaxSale] = []
    incomplete: list[IncompleteSale] = []
    for sale in sales:
        if sale.sold.year != year:
            raise ValueError(f"sale {sale.key} was made in {sale.sold.year}, not in {year}")
        reason = _why_incomplete(sale)
        if reason:
            incomplete.append(IncompleteSale(sale=sale, reason=reason))
        else:
            counted.append(sale)
    rows = _rows(counted, year)
    direct = [row for row in rows if summarises_direct and _goes_direct(row)]
    listed = [row for row in rows if not (summarises_direct and _goes_direct(row))]
    return Form8949(
        year=year, sections=_sections(listed), direct=_sections(direct), incomplete=tuple(incomplete)
    )


def box_of(sale: TaxSale, year: int) -> Box:
    """The box for a sale of known term: by term, by what the broker reported, and from 2025 by kind of asset.

    A statement that says the basis was reported but gives none counts as one without a reported basis.
    """
    if sale.reported is None:
        place = NO_STATEMENT
    else:
        place = REPORTED if _is_basis_reported(sale.reported) else NOT_REPORTED
    if sale.is_digital_asset and year >= DIGITAL_BOXES_SINCE:
        place += DIGITAL
    return Box(LETTERS[true_term(sale)][place])


def column_a(sale: TaxSale) -> str:
    """Column (a): how much of what was sold (“100 sh. ACME CORP”)."""
    name = sale.description or sale.symbol
    unit = "" if sale.is_digital_asset else "sh. "
    suffix = " (short sale)" if sale.is_short_sale else ""
    return f"{_quantity_text(sale.quantity)} {unit}{name}{suffix}"


def _why_incomplete(sale: TaxSale) -> str:
    if sale.basis is None:
        return "The basis is not known."
    if true_term(sale) is Term.UNKNOWN:
        return "Whether the gain is short-term or long-term is not known."
    if sale.disallowed > max(ZERO, sale.basis - sale.proceeds):
        return (
            f"The disallowed loss of {cents(sale.disallowed):,} is larger than the loss of the sale; "
            "the book of this sale contradicts itself."
        )
    return ""


def _is_basis_reported(reported: ReportedSale) -> bool:
    return reported.is_basis_reported and reported.basis is not None


def _goes_direct(row: Form8949Row) -> bool:
    """Whether Exception 1 of the instructions applies. Digital assets are left on the form."""
    return row.box in DIRECT_LINES and not row.codes


def _rows(sales: Sequence[TaxSale], year: int) -> list[Form8949Row]:
    """Rows in order of the sales that came first."""
    groups: dict[SaleKey, dict[tuple[object, ...], list[TaxSale]]] = defaultdict(lambda: defaultdict(list))
    for sale in sales:
        groups[sale_of(sale)][_row_key(sale, year)].append(sale)
    return [row for pieces in groups.values() for row in _rows_of_sale(list(pieces.values()), year)]


def _row_key(sale: TaxSale, year: int) -> tuple[object, ...]:
    reported_term = sale.reported.term if sale.reported else None
    kind = (sale.is_inherited, sale.is_short_sale, sale.is_digital_asset, sale.is_collectible)
    return sale.acquired, box_of(sale, year), reported_term, kind


def _rows_of_sale(pieces: Sequence[Sequence[TaxSale]], year: int) -> list[Form8949Row]:
    """The rows of one sale: cents are shared out here, once, column by column."""
    sales = [merged(same) for same in pieces]
    proceeds = cents_parts([sale.proceeds for sale in sales])
    basis = cents_parts([_known(sale) for sale in sales])
    disallowed = cents_parts([sale.disallowed for sale in sales])
    return [
        _row(
            sale,
            keys=tuple(piece.key for piece in same),
            amounts=_Amounts(*amounts),
            box=box_of(sale, year),
        )
        for sale, same, *amounts in zip(sales, pieces, proceeds, basis, disallowed, strict=True)
    ]


def _known(sale: TaxSale) -> Decimal:
    return ZERO if sale.basis is None else sale.basis


@dataclass(frozen=True, slots=True)
class _Amounts:
    """The taxpayer's own amounts of a row in whole cents."""

    proceeds: Decimal
    basis: Decimal
    disallowed: Decimal


@dataclass(slots=True)
class _Columns:
    """Columns (d), (e) and the adjustments by code while a row is being made."""

    proceeds: Decimal
    basis: Decimal
    adjustments: dict[str, Decimal]
    notes: list[str]


def _row(sale: TaxSale, *, keys: tuple[str, ...], amounts: _Amounts, box: Box) -> Form8949Row:
    amounts = _rounded_like(sale.reported, amounts)
    columns = _Columns(amounts.proceeds, amounts.basis, {}, [])
    washed = _washed(sale, amounts)
    if washed:
        columns.adjustments[Code.WASH] = washed
    if sale.is_collectible:
        columns.adjustments[Code.COLLECTIBLES] = ZERO
    if sale.reported is not None:
        _hold_against(sale, sale.reported, amounts, columns)
    return Form8949Row(
        keys=keys,
        account=sale.account,
        symbol=sale.symbol,
        cusip=sale.cusip,
        box=box,
        description=column_a(sale),
        acquired=sale.acquired,
        is_inherited=sale.is_inherited,
        sold=sale.sold,
        proceeds=columns.proceeds,
        basis=columns.basis,
        codes="".join(sorted(columns.adjustments)),
        adjustment=cents(sum(columns.adjustments.values(), ZERO)),
        washed=washed,
        notes=tuple(columns.notes),
    )


def _rounded_like(reported: ReportedSale | None, amounts: _Amounts) -> _Amounts:
    """The broker's amounts where they differ by no more than a cent: that is rounding, not an error."""
    if reported is None:
        return amounts
    return _Amounts(
        _shown_if_near(reported.proceeds, amounts.proceeds),
        _shown_if_near(reported.basis, amounts.basis),
        _shown_if_near(reported.disallowed, amounts.disallowed),
    )


def _shown_if_near(shown: Decimal | None, own: Decimal) -> Decimal:
    return cents(shown) if shown is not None and abs(cents(shown) - own) <= CENT else own


def _washed(sale: TaxSale, amounts: _Amounts) -> Decimal:
    """The disallowed loss in cents: all of a loss that is wholly disallowed, never more than the loss."""
    if not sale.disallowed:
        return ZERO
    loss = max(ZERO, amounts.basis - amounts.proceeds)
    is_whole = sale.disallowed == _known(sale) - sale.proceeds
    return loss if is_whole else min(amounts.disallowed, loss)


def _hold_against(sale: TaxSale, reported: ReportedSale, amounts: _Amounts, columns: _Columns) -> None:
    """Shows what the broker showed, and corrects it in column (g) under the code that says why."""
    _correct_proceeds(reported, amounts, columns)
    _correct_basis(reported, amounts, columns)
    if Term.UNKNOWN is not reported.term is not true_term(sale):
        columns.adjustments[Code.TERM] = ZERO
        columns.notes.append(f"Form 1099-B shows the gain or loss as {reported.term}-term.")
    _compare_wash(reported, columns)


def _correct_proceeds(reported: ReportedSale, amounts: _Amounts, columns: _Columns) -> None:
    """Code E: column (d) keeps the broker's proceeds; expenses it left out are negative in column (g)."""
    shown = cents(reported.proceeds)
    if shown != amounts.proceeds:
        columns.proceeds = shown
        columns.adjustments[Code.EXPENSES] = amounts.proceeds - shown
        columns.notes.append(f"Form 1099-B shows proceeds of {shown:,}; the book has {amounts.proceeds:,}.")


def _correct_basis(reported: ReportedSale, amounts: _Amounts, columns: _Columns) -> None:
    """Code B: a basis that the IRS has stays in column (e) and is corrected in (g); another is replaced."""
    if reported.basis is None:
        return
    shown = cents(reported.basis)
    if shown == amounts.basis:
        return
    columns.adjustments[Code.BASIS] = ZERO
    columns.notes.append(f"Form 1099-B shows a basis of {shown:,}; the correct basis is {amounts.basis:,}.")
    if _is_basis_reported(reported):
        columns.basis = shown
        columns.adjustments[Code.BASIS] = shown - amounts.basis


def _compare_wash(reported: ReportedSale, columns: _Columns) -> None:
    """Code W carries the taxpayer's amount, also where it is nothing and the broker's is not."""
    shown, own = cents(reported.disallowed), columns.adjustments.get(Code.WASH, ZERO)
    if abs(shown - own) <= CENT:
        return
    columns.adjustments[Code.WASH] = own
    note = f"Box 1g of Form 1099-B shows {shown:,}; the correct disallowed loss is {own:,}."
    if own < shown:
        note += " Because it is less, attach a statement that explains the difference."
    columns.notes.append(note)


def _sections(listed: Sequence[Form8949Row]) -> tuple[BoxSection, ...]:
    by_box: dict[Box, list[Form8949Row]] = defaultdict(list)
    for row in listed:
        by_box[row.box].append(row)
    return tuple(
        BoxSection(box=box, rows=tuple(by_box[box]), totals=_totals(by_box[box]))
        for box in Box
        if by_box[box]
    )


def _totals(rows: Sequence[Form8949Row]) -> Totals:
    return Totals(
        proceeds=sum((row.proceeds for row in rows), ZERO),
        basis=sum((row.basis for row in rows), ZERO),
        adjustment=sum((row.adjustment for row in rows), ZERO),
        gain=sum((row.gain for row in rows), ZERO),
    )


def _added(totals: Sequence[Totals]) -> Totals:
    return Totals(
        proceeds=sum((part.proceeds for part in totals), ZERO),
        basis=sum((part.basis for part in totals), ZERO),
        adjustment=sum((part.adjustment for part in totals), ZERO),
        gain=sum((part.gain for part in totals), ZERO),
    )


def _quantity_text(quantity: Decimal) -> str:
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
