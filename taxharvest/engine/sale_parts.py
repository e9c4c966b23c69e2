"""Pieces of a sale: which belong together, and how cents are shared out so that the pieces add up to it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from common.money import cents, split
from portfolios.engine.records import Term
from taxharvest.engine.records import ReportedSale, TaxSale

ZERO = Decimal(0)
CENT = Decimal("0.01")

SaleKey = tuple[object, ...]


def sale_of(sale: TaxSale) -> SaleKey:
    """What all the pieces of one sale have in common: account, security, day and, where given, the sale."""
    return sale.account, sale.cusip or sale.symbol.upper(), sale.sold, sale.sale_key


def true_term(sale: TaxSale) -> Term:
    """The term of a sale; what was inherited is long however short it was held (IRC 1223(9))."""
    return Term.LONG if sale.is_inherited else sale.term


def cents_parts(amounts: Sequence[Decimal]) -> list[Decimal]:
    """`amounts` in whole cents that add up to the rounded sum of `amounts` (largest remainder).

    Amounts that cancel each other out to nothing are rounded one by one.
    """
    total = sum(amounts, ZERO)
    if not total:
        return [cents(amount) for amount in amounts]
    sign = Decimal(1).copy_sign(total)
    parts = split(cents(abs(total)), [sign * amount for amount in amounts], CENT)
    # Adding zero turns a negative zero into a plain one.
    return [sign * part + ZERO for part in parts]


def merged(pieces: Sequence[TaxSale]) -> TaxSale:
    """One sale made of `pieces` of the same lot; a basis that one of them lacks is lacking.

    The key is the first one's. The broker's lines of the pieces are added up when every piece has one.
    """
    first = pieces[0]
    if len(pieces) == 1:
        return first
    reported = [piece.reported for piece in pieces if piece.reported is not None]
    return replace(
        first,
        quantity=sum((piece.quantity for piece in pieces), ZERO),
        proceeds=sum((piece.proceeds for piece in pieces), ZERO),
        basis=_sum([piece.basis for piece in pieces]),
        disallowed=sum((piece.disallowed for piece in pieces), ZERO),
        reported=_merged_reports(reported) if len(reported) == len(pieces) else None,
    )


def _merged_reports(reported: Sequence[ReportedSale]) -> ReportedSale:
    return replace(
        reported[0],
        proceeds=sum((line.proceeds for line in reported), ZERO),
        basis=_sum([line.basis for line in reported]),
        disallowed=sum((line.disallowed for line in reported), ZERO),
    )


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if len(known) == len(amounts) else None
