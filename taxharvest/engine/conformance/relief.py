"""Cases of lot relief put to the book: in which order a method sells lots."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from common.money import quantize
from portfolios.engine.records import ReliefMethod, TransactionKind, TransactionRecord
from taxharvest.engine.conformance.answers import book_of, entry, identifier
from taxharvest.engine.conformance.fields import Fields, refused

METHODS: Mapping[str, ReliefMethod] = MappingProxyType(
    {
        "FIFO": ReliefMethod.FIFO,
        "LIFO": ReliefMethod.LIFO,
        "LOFO": ReliefMethod.LOWEST_COST,
        "HIFO": ReliefMethod.HIFO,
        "IBKR_MLL": ReliefMethod.MAX_LONG_LOSS,
        "IBKR_MLG": ReliefMethod.MAX_LONG_GAIN,
        "IBKR_MSL": ReliefMethod.MAX_SHORT_LOSS,
        "IBKR_MSG": ReliefMethod.MAX_SHORT_GAIN,
        "IBKR_HIGHEST_COST": ReliefMethod.HIFO,
        "SCHWAB_TLO": ReliefMethod.SCHWAB_OPTIMIZER,
        "MIN_TAX": ReliefMethod.MINIMUM_TAX,
    }
)
_A_LITTLE = Decimal("0.0001")


def lot_relief(case: Mapping[str, Any]) -> dict[str, Any]:
    """The names of the lots in the order in which the method sells them.

    Raises InvalidInput on a method that is not known.
    """
    inputs = Fields(case, "case").part("input")
    method = inputs.text("method")
    if method not in METHODS:
        raise refused(inputs.where, f"has the unknown method “{method}”")
    lots = list(inputs.parts("lots"))
    sizes = {lot.text("lot"): lot.positive("shares") for lot in lots}
    purchases = [_purchase(lot, number) for number, lot in enumerate(lots)]
    order: list[str] = []
    # A sale of a little more than the lots already found reaches into the one that comes next.
    for _ in lots:
        sale = _sale(inputs, len(lots), sum((sizes[name] for name in order), _A_LITTLE))
        order.append(_newly_sold([*purchases, sale], METHODS[method], sizes, order))
    return {"order": order}


RESULTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = MappingProxyType(
    {"lot_relief": lot_relief}
)


def _purchase(lot: Fields, number: int) -> TransactionRecord:
    return entry(
        lot.text("lot"),
        TransactionKind.BUY,
        lot.day("acquired"),
        sequence=number,
        quantity=lot.positive("shares"),
        amount=-lot.number("basis"),
    )


def _sale(inputs: Fields, number: int, shares: Decimal) -> TransactionRecord:
    price = inputs.number("price")
    return entry(
        "sale",
        TransactionKind.SELL,
        inputs.day("sale_date"),
        sequence=number,
        quantity=-shares,
        price=price,
        amount=quantize(shares * price),
    )


def _newly_sold(
    rows: list[TransactionRecord], method: ReliefMethod, names: Mapping[str, Decimal], known: list[str]
) -> str:
    sold = {piece.acquisition_id for piece in book_of(rows, relief=method).disposals}
    new = [name for name in names if name not in known and identifier("transaction", name) in sold]
    if len(new) != 1:
        raise refused("case.input.lots", f"are not sold one after the other: {', '.join(new) or 'none'}")
    return new[0]
