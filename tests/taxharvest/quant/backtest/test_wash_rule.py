"""The trades of a back-test, judged by the book: with the rule nothing is washed, without it much is."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest

from portfolios.engine.records import Book, LotChoice, TransactionKind, TransactionRecord
from taxharvest.engine.conformance.answers import book_of, entry, identifier, lot_identifier
from taxharvest.quant.backtest.simulation import walk
from taxharvest.quant.backtest.trades import Purchase, Sale, TradeRecord
from tests.taxharvest.quant.backtest.accounts import at_least, drawn_history, rules

EPOCH = date(1970, 1, 1)
UNIT = Decimal("0.00000001")
# Money of the first day in dollars: the book keeps eight decimal places.
CAPITAL = 1_000_000


def judged(*, seed: int, keeps_wash_rule: bool, loss: float, deposit: float) -> tuple[Book, TradeRecord]:
    """The book of one walk, as the taxpayer sees it; each name and each stand-in is an instrument."""
    record = TradeRecord()
    one = drawn_history(seed)
    run = rules(one, keeps_wash_rule=keeps_wash_rule, threshold=at_least(loss), deposit=deposit)
    walk(one, run, record)
    return book_of(ledger(record.trades)), record


def ledger(trades: Iterable[Purchase | Sale]) -> Iterator[TransactionRecord]:
    """The trades as rows: whole lots are named, and lots that are sold together are one sale."""
    for number, (_, group) in enumerate(groupby(trades, key=order_of)):
        together = list(group)
        first = together[0]
        facts: dict[str, Any] = {"instrument_id": instrument(first), "sequence": number}
        money = amount(sum(trade.money for trade in together))
        day = EPOCH + timedelta(days=first.day)
        if isinstance(first, Purchase):
            name = purchase(first.day, first.name, parked=first.is_parked)
            yield entry(name, TransactionKind.BUY, day, quantity=shares(first), amount=-money, **facts)
            continue
        sold = [trade for trade in together if isinstance(trade, Sale)]
        named = tuple(LotChoice(lot_id=lot_of(sale), quantity=shares(sale)) for sale in sold)
        quantity = -sum((shares(sale) for sale in sold), Decimal(0))
        yield entry(
            f"sale {number}", TransactionKind.SELL, day, quantity=quantity, amount=money, lots=named, **facts
        )


def order_of(trade: Purchase | Sale) -> tuple[object, ...]:
    return type(trade), trade.day, trade.name, trade.is_parked


def purchase(day: int, name: int, *, parked: bool) -> str:
    return f"purchase {day} {name} {parked}"


def lot_of(sale: Sale) -> UUID:
    return lot_identifier(purchase(sale.bought, sale.name, parked=sale.is_parked))


def instrument(trade: Purchase | Sale) -> UUID:
    return identifier("instrument", f"{'stand-in of' if trade.is_parked else 'name'} {trade.name}")


def shares(trade: Purchase | Sale) -> Decimal:
    return amount(trade.units)


def amount(value: float) -> Decimal:
    return Decimal(repr(value * CAPITAL)).quantize(UNIT)


@pytest.mark.parametrize(("loss", "deposit"), [(0.0, 0.0), (0.0, 0.02), (0.05, 0.02), (0.10, 0.0)])
@pytest.mark.parametrize("seed", [21, 22, 23])
def test_with_the_rule_no_loss_is_ever_washed(seed: int, loss: float, deposit: float) -> None:
    book, record = judged(seed=seed, keeps_wash_rule=True, loss=loss, deposit=deposit)
    losses = [piece for piece in book.disposals if piece.gain is not None and piece.gain < 0]

    assert len(losses) > 10
    assert (book.findings, book.washes) == ((), ())
    assert sum(piece.disallowed_base for piece in book.disposals) == 0
    assert sum(piece.quantity for piece in book.disposals) == sum(
        shares(trade) for trade in record.trades if isinstance(trade, Sale)
    )


def test_without_the_rule_the_book_washes_what_is_bought_back_at_once() -> None:
    book, _ = judged(seed=21, keeps_wash_rule=False, loss=0.0, deposit=0.0)

    assert book.washes != ()
    assert sum(piece.disallowed_base for piece in book.disposals) > 0
