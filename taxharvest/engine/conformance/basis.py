"""Cases of basis put to the book: gifts, inheritances, and shares of a fund at average basis."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from common.money import ARITHMETIC, quantize
from portfolios.engine.records import (
    Book,
    DisposalRecord,
    LotOrigin,
    ReliefMethod,
    Term,
    TransactionKind,
    TransactionRecord,
)
from taxharvest.engine.conformance.answers import book_of, entry, money, recognised, term, total
from taxharvest.engine.conformance.fields import Fields, refused

Answer = dict[str, Any]


def basis(case: Mapping[str, Any]) -> Answer:
    """Gain and term of a sale of what was given, inherited, or bought at several prices.

    Raises InvalidInput where the case is none of these.
    """
    inputs = Fields(case, "case").part("input")
    for field, answer in (("donor_basis", _gift), ("fmv_at_death", _inheritance), ("sell", _average)):
        if field in inputs:
            return answer(inputs)
    raise refused(inputs.where, "is neither a gift, an inheritance nor a sale at average basis")


def _gift(inputs: Fields) -> Answer:
    """The case has totals: they are those of one share (IRC 1015)."""
    received = entry(
        "gift",
        TransactionKind.GIFT,
        inputs.day("gift_date"),
        quantity=Decimal(1),
        cost=inputs.number("donor_basis"),
        acquired=inputs.day("donor_acquired"),
        price=inputs.number("fmv_at_gift"),
    )
    sold = _sold_one(received, inputs).disposals
    return {"gain": money(recognised(sold)), "term": term(sold)}


def _inheritance(inputs: Fields) -> Answer:
    """The case has totals: they are those of one share (IRC 1014)."""
    received = entry(
        "inheritance",
        TransactionKind.INHERITANCE,
        inputs.day("death"),
        quantity=Decimal(1),
        cost=inputs.number("fmv_at_death"),
        acquired=inputs.day("death"),
    )
    sold = _sold_one(received, inputs).disposals
    return {
        "gain": money(recognised(sold)),
        "term": term(sold),
        "form8949_date_acquired": _date_acquired(sold),
    }


def _date_acquired(sold: tuple[DisposalRecord, ...]) -> str | None:
    """The word that the form prints for what was inherited; None where the book does not know it as such."""
    return "INHERITED" if all(piece.origin is LotOrigin.INHERITANCE for piece in sold) else None


def _sold_one(received: TransactionRecord, inputs: Fields) -> Book:
    sale = entry(
        "sale",
        TransactionKind.SELL,
        inputs.day("sold"),
        sequence=1,
        quantity=Decimal(-1),
        amount=inputs.number("proceeds"),
    )
    return book_of([received, sale])


def _average(inputs: Fields) -> Answer:
    """One average over all shares, the oldest deemed sold first (Reg. 1.1012-1(e))."""
    rows = [_purchase(lot, number) for number, lot in enumerate(inputs.parts("lots"))]
    sale = inputs.part("sell")
    shares = sale.positive("shares")
    row = entry(
        "sale",
        TransactionKind.SELL,
        sale.day("date"),
        sequence=len(rows),
        quantity=-shares,
        amount=quantize(shares * sale.number("price")),
    )
    sold = book_of([*rows, row], relief=ReliefMethod.AVERAGE).disposals
    cost = total(piece.basis_base for piece in sold)
    return {
        "avg_cost": None if cost is None else money(ARITHMETIC.divide(cost, shares)),
        "basis": money(cost),
        "gain_long": money(recognised(piece for piece in sold if piece.term is Term.LONG)),
        "gain_short": money(recognised(piece for piece in sold if piece.term is Term.SHORT)),
    }


def _purchase(lot: Fields, number: int) -> TransactionRecord:
    shares = lot.positive("shares")
    return entry(
        f"lot {number}",
        TransactionKind.BUY,
        lot.day("acquired"),
        sequence=number,
        quantity=shares,
        amount=-quantize(shares * lot.number("price")),
    )
