"""Cases of corporate actions put to the book: lots in, what they have become out."""

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from common.money import ARITHMETIC, quantize
from portfolios.engine.records import (
    Book,
    DisposalCause,
    DisposalRecord,
    LotRecord,
    TransactionKind,
    TransactionRecord,
)
from taxharvest.engine.conformance.answers import (
    COUNTERPART,
    INSTRUMENT,
    book_of,
    count,
    entry,
    money,
    recognised,
    term,
    total,
)
from taxharvest.engine.conformance.basis import basis
from taxharvest.engine.conformance.fields import Fields, refused

Answer = dict[str, Any]
_NOTHING = Decimal(0)


def corporate_action(case: Mapping[str, Any]) -> Answer:
    """Basis, shares, gain and term after the action. Raises InvalidInput on an unknown action."""
    inputs = Fields(case, "case").part("input")
    action = inputs.text("action")
    if action not in _ACTIONS:
        raise refused(inputs.where, f"has the unknown action “{action}”")
    return _ACTIONS[action](inputs)


def _split(inputs: Fields) -> Answer:
    new, old = inputs.ratio("ratio")
    cash = inputs.number("cash_in_lieu", _NOTHING)
    book = _book(inputs, TransactionKind.SPLIT, ratio_new=new, ratio_old=old, amount=cash)
    answer = {"shares": _shares(book.lots), "basis": _basis(book.lots)}
    return answer | _cash_in_lieu(book)


def _return_of_capital(inputs: Fields) -> Answer:
    book = _book(inputs, TransactionKind.RETURN_OF_CAPITAL, amount=inputs.number("amount"))
    return {
        "basis": _basis(book.lots),
        "gain": money(recognised(book.disposals)),
        "term": term(book.disposals),
    }


def _spin_off(inputs: Fields) -> Answer:
    """The basis moves in proportion to the market values of the case (Reg. 1.358-2)."""
    new, old = inputs.ratio("ratio")
    exact = ARITHMETIC.divide(_held(inputs) * new, old)
    cash = inputs.number("cash_in_lieu", _NOTHING)
    parent_value = _held(inputs) * inputs.number("fmv_parent")
    child_value = exact * inputs.number("fmv_spinco")
    book = _book(
        inputs,
        TransactionKind.SPIN_OFF,
        quantity=exact.to_integral_value(ROUND_FLOOR) if cash else quantize(exact),
        counterpart_id=COUNTERPART,
        ratio_new=new,
        ratio_old=old,
        amount=cash,
        basis_fraction=ARITHMETIC.divide(child_value, parent_value + child_value),
    )
    parents, children = _of(book.lots, INSTRUMENT), _of(book.lots, COUNTERPART)
    days = sorted(lot.holding_date for lot in children if lot.holding_date is not None)
    answer = {
        "parent_basis": _basis(parents),
        "spinco_shares": _shares(children),
        "spinco_basis": _basis(children),
        "spinco_holding_date": days[0].isoformat() if days else None,
    }
    return answer | _cash_in_lieu(book)


def _merger(inputs: Fields) -> Answer:
    """Shares of the new company, cash, or both, for each share held."""
    held = _held(inputs)
    facts: dict[str, Any] = {"amount": quantize(held * inputs.number("cash_per_share", _NOTHING))}
    if inputs.number("stock_ratio", _NOTHING):
        facts["counterpart_id"] = COUNTERPART
        facts["counter_quantity"] = quantize(held * inputs.number("stock_ratio"))
        facts["price"] = inputs.number("fmv_new") if "fmv_new" in inputs else None
    book = _book(inputs, TransactionKind.MERGER, **facts)
    paid = [piece for piece in book.disposals if piece.cause is DisposalCause.MERGER]
    new = _of(book.lots, COUNTERPART)
    days = sorted(lot.holding_date for lot in new if lot.holding_date is not None)
    return {
        "gain_recognised": money(recognised(paid)),
        "new_shares": _shares(new),
        "new_basis": _basis(new),
        "new_holding_date": days[0].isoformat() if days else None,
        "term": term(paid),
    }


_ACTIONS: Mapping[str, Callable[[Fields], Answer]] = MappingProxyType(
    {
        "split": _split,
        "reverse_split": _split,
        "return_of_capital": _return_of_capital,
        "spin_off": _spin_off,
        "merger": _merger,
    }
)
RESULTS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = MappingProxyType(
    {"corporate_action": corporate_action, "basis": basis}
)


def _book(inputs: Fields, kind: TransactionKind, **facts: Any) -> Book:
    lots = list(inputs.parts("lots"))
    rows = [_purchase(lot, number) for number, lot in enumerate(lots)]
    return book_of([*rows, entry("action", kind, inputs.day("date"), sequence=len(rows), **facts)])


def _purchase(lot: Fields, number: int) -> TransactionRecord:
    return entry(
        lot.text("lot"),
        TransactionKind.BUY,
        lot.day("acquired"),
        sequence=number,
        quantity=lot.positive("shares"),
        amount=-lot.number("basis"),
    )


def _held(inputs: Fields) -> Decimal:
    return sum((lot.positive("shares") for lot in inputs.parts("lots")), Decimal(0))


def _of(lots: Iterable[LotRecord], instrument: UUID) -> list[LotRecord]:
    return [lot for lot in lots if lot.instrument_id == instrument]


def _shares(lots: Iterable[LotRecord]) -> str:
    return count(sum((lot.quantity for lot in lots), Decimal(0)))


def _basis(lots: Iterable[LotRecord]) -> str | None:
    return money(total(lot.basis_base for lot in lots))


def _cash_in_lieu(book: Book) -> Answer:
    """What the sale of a fraction gave; nothing where none was sold."""
    sold: list[DisposalRecord] = [
        piece for piece in book.disposals if piece.cause is DisposalCause.CASH_IN_LIEU
    ]
    if not sold:
        return {}
    return {
        "cash_basis": money(total(piece.basis_base for piece in sold)),
        "gain": money(recognised(sold)),
        "term": term(sold),
    }
