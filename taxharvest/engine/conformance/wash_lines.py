"""Wash-sale cases written in lines, with short sales: “2023-10-06 short 100 750”."""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from common.money import parse_decimal
from portfolios.engine.records import (
    Book,
    LotChoice,
    LotRecord,
    PositionEffect,
    TransactionKind,
    TransactionRecord,
)
from taxharvest.engine.conformance.answers import book_of, entry, lot_identifier, money, total
from taxharvest.engine.conformance.fields import Fields, day_of, refused

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DELIVERY = re.compile(r"(?P<day>\S+) cover with the (?P<lot>\S+) lot")
_TRADE = re.compile(r"(?P<day>\S+) (?P<verb>buy|sell|short|cover) (?P<shares>\S+)( [A-Z]+)? (?P<amount>\S+)")
_EFFECTS = MappingProxyType(
    {
        "buy": PositionEffect.OPEN,
        "sell": PositionEffect.CLOSE,
        "short": PositionEffect.OPEN,
        "cover": PositionEffect.CLOSE,
    }
)


def wash_sale_ext(case: Mapping[str, Any]) -> dict[str, Any]:
    """The disallowed losses of the case, and what its open lots have as basis: by day, or sold short.

    Raises InvalidInput on a line that is not understood.
    """
    inputs = Fields(case, "case").part("input")
    lines = inputs.value("tx")
    if not isinstance(lines, list):
        raise refused(inputs.where, "“tx” is not a list")
    book = book_of(_rows([str(line) for line in lines]))
    result: dict[str, Any] = {"disallowed": money(total(piece.disallowed_base for piece in book.disposals))}
    return result | {name: money(total(bases)) for name, bases in _open_by_name(book).items()}


def _rows(lines: list[str]) -> list[TransactionRecord]:
    rows: list[TransactionRecord] = []
    for number, line in enumerate(lines):
        where = f"case.input.tx[{number}]"
        delivery, trade = _DELIVERY.fullmatch(line), _TRADE.fullmatch(line)
        if delivery:
            rows.append(_delivered(delivery, rows, number, where))
        elif trade:
            rows.append(_trade(trade, number, where))
        else:
            raise refused(where, f"is not understood: “{line}”")
    return rows


def _trade(line: re.Match[str], number: int, where: str) -> TransactionRecord:
    shares, amount = parse_decimal(line["shares"], field=where), parse_decimal(line["amount"], field=where)
    is_purchase = line["verb"] in {"buy", "cover"}
    return entry(
        f"{line['day']} {line['verb']}",
        TransactionKind.BUY if is_purchase else TransactionKind.SELL,
        day_of(line["day"], where),
        sequence=number,
        quantity=shares if is_purchase else -shares,
        amount=-amount if is_purchase else amount,
        position_effect=_EFFECTS[line["verb"]],
    )


def _delivered(
    line: re.Match[str], earlier: list[TransactionRecord], number: int, where: str
) -> TransactionRecord:
    """The whole of a lot handed over: as many shares as its purchase brought."""
    lot = lot_identifier(f"{line['lot']} buy")
    shares = [row.quantity for row in earlier if lot_identifier(f"{row.trade_date} buy") == lot]
    if not shares:
        raise refused(where, f"names no purchase: “{line['lot']}”")
    return entry(
        f"{line['day']} delivery",
        TransactionKind.DELIVERY,
        day_of(line["day"], where),
        sequence=number,
        quantity=-shares[0],
        lots=(LotChoice(lot_id=lot, quantity=shares[0]),),
    )


def _open_by_name(book: Book) -> dict[str, list[Decimal | None]]:
    found: dict[str, list[Decimal | None]] = {}
    for lot in book.lots:
        found.setdefault(_name(lot), []).append(lot.basis_base)
    return found


def _name(lot: LotRecord) -> str:
    """What the cases call the basis of an open lot: by its day, “new_basis_of_oct7_lot”, or as sold short."""
    day = "unknown" if lot.acquired is None else f"{MONTHS[lot.acquired.month - 1]}{lot.acquired.day}"
    return "new_short_proceeds_adjusted" if lot.quantity < 0 else f"new_basis_of_{day}_lot"
