"""Form 1099-B for accounts whose records are kept here: what a payer states of each sale, box by box."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portfolios.engine.records import Term
from taxharvest.engine.boxes import LETTERS, NOT_REPORTED, REPORTED, Box
from taxharvest.engine.form_8949 import IncompleteSale, column_a
from taxharvest.engine.records import TaxSale
from taxharvest.engine.sale_parts import ZERO, SaleKey, cents_parts, sale_of, true_term

# Since when what is bought is a covered security (Reg. 1.6045-1(a)(15): stock from 2011 on).
COVERED_SINCE = date(2011, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement1099B:
    """One sale as Form 1099-B states it; each field is named with its box. Amounts are in whole cents.

    Boxes that have nothing to say here (1f, 4, 8 to 11, 13) are amounts of zero or absent.
    """

    key: str
    account: str
    symbol: str
    cusip: str
    box_8949: Box | None
    description_1a: str
    quantity: Decimal
    acquired_1b: date | None
    sold_1c: date
    proceeds_1d: Decimal
    basis_1e: Decimal | None
    market_discount_1f: Decimal
    disallowed_1g: Decimal
    term_2: Term
    is_collectible_3: bool
    withheld_4: Decimal
    is_noncovered_5: bool
    is_net_proceeds_6: bool
    is_loss_barred_7: bool
    is_basis_reported_12: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals1099B:
    """The sums of boxes 1d, 1e, 1f, 1g and 4; a basis that is not shown is not in the sum."""

    proceeds: Decimal
    basis: Decimal
    market_discount: Decimal
    disallowed: Decimal
    withheld: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Form1099B:
    """The statements of one account and year with their totals, and sales that belong on another form."""

    year: int
    statements: tuple[Statement1099B, ...]
    totals: Totals1099B
    left_out: tuple[IncompleteSale, ...] = ()


def form_1099b(sales: Iterable[TaxSale], *, year: int) -> Form1099B:
    """Form 1099-B of `year` for `sales` as the broker's rules see them (one account, one CUSIP).

    A security bought before 2011, on an unknown day, with unknown basis or inherited is noncovered: box 5 is
    checked and box 12 is not; what is known of it is stated all the same, as the instructions allow. Digital
    assets are left out: they are reported on Form 1099-DA. Raises ValueError for a sale of another year.

    Source: Instructions for Form 1099-B, boxes 1a to 13; IRC 6045(g).
    """
    groups: dict[SaleKey, list[TaxSale]] = defaultdict(list)
    left_out: list[IncompleteSale] = []
    for sale in sales:
        if sale.sold.year != year:
            raise ValueError(f"sale {sale.key} was made in {sale.sold.year}, not in {year}")
        if sale.is_digital_asset:
            left_out.append(IncompleteSale(sale=sale, reason="Digital assets are reported on Form 1099-DA."))
        else:
            groups[sale_of(sale)].append(sale)
    statements = tuple(made for pieces in groups.values() for made in _statements(pieces))
    return Form1099B(year=year, statements=statements, totals=_totals(statements), left_out=tuple(left_out))


def is_covered(sale: TaxSale) -> bool:
    """Whether the sale is of a covered security, so that its basis is reported to the IRS."""
    return (
        sale.basis is not None
        and sale.acquired is not None
        and sale.acquired >= COVERED_SINCE
        and not sale.is_inherited
    )


def _statements(pieces: Sequence[TaxSale]) -> list[Statement1099B]:
    """The statements of one sale: cents are shared out here, once, box by box."""
    proceeds = cents_parts([sale.proceeds for sale in pieces])
    basis = cents_parts([ZERO if sale.basis is None else sale.basis for sale in pieces])
    disallowed = cents_parts([sale.disallowed for sale in pieces])
    return [
        _statement(sale, *amounts) for sale, *amounts in zip(pieces, proceeds, basis, disallowed, strict=True)
    ]


def _statement(sale: TaxSale, proceeds: Decimal, basis: Decimal, disallowed: Decimal) -> Statement1099B:
    covered = is_covered(sale)
    term = true_term(sale)
    return Statement1099B(
        key=sale.key,
        account=sale.account,
        symbol=sale.symbol,
        cusip=sale.cusip,
        box_8949=_box(term, covered=covered),
        description_1a=column_a(sale),
        quantity=sale.quantity,
        acquired_1b=None if sale.is_inherited else sale.acquired,
        sold_1c=sale.sold,
        proceeds_1d=proceeds,
        basis_1e=None if sale.basis is None else basis,
        market_discount_1f=ZERO,
        disallowed_1g=disallowed,
        term_2=term,
        is_collectible_3=sale.is_collectible,
        withheld_4=ZERO,
        is_noncovered_5=not covered,
        is_net_proceeds_6=True,
        is_loss_barred_7=False,
        is_basis_reported_12=covered,
    )


def _box(term: Term, *, covered: bool) -> Box | None:
    """The applicable checkbox on Form 8949; none (code X of the form) while the term is not known."""
    if term is Term.UNKNOWN:
        return None
    return Box(LETTERS[term][REPORTED if covered else NOT_REPORTED])


def _totals(statements: Sequence[Statement1099B]) -> Totals1099B:
    return Totals1099B(
        proceeds=sum((made.proceeds_1d for made in statements), ZERO),
        basis=sum((made.basis_1e for made in statements if made.basis_1e is not None), ZERO),
        market_discount=sum((made.market_discount_1f for made in statements), ZERO),
        disallowed=sum((made.disallowed_1g for made in statements), ZERO),
        withheld=sum((made.withheld_4 for made in statements), ZERO),
    )
