"""A made ledger for measurements: several accounts trading many instruments, the same for the same size."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from portfolios.engine.records import PortfolioRecord, TransactionKind, TransactionRecord

FIRST_DAY = date(2015, 1, 2)
INSTRUMENTS = 250
MOST_LOTS = 20
CENT = Decimal("0.01")


@dataclass(slots=True)
class _Held:
    """What an account holds of one instrument, so that nothing is oversold."""

    quantity: Decimal = Decimal(0)
    lots: deque[Decimal] = field(default_factory=deque)


@dataclass(slots=True)
class Ledger:
    """Rows and the portfolios that they belong to."""

    portfolios: dict[UUID, PortfolioRecord]
    rows: list[TransactionRecord]


def made_ledger(size: int, *, accounts: int = 4, seed: int = 7) -> Ledger:
    """`size` rows over ten years: 50 % purchases, 5 % reinvestments, 35 % sales, 10 % dividends.

    An account holds at most MOST_LOTS open lots of an instrument; a sale takes between a part of a lot and
    several of them. No row is wrong, so a reader that stops at errors can read the ledger as well.
    """
    random = Random(seed)  # noqa: S311 - the same ledger each time, nothing secret
    portfolios = {
        key: PortfolioRecord(id=key, base_currency="USD")
        for key in (UUID(int=0xA000 + number) for number in range(accounts))
    }
    instruments = [UUID(int=0xB000 + number) for number in range(INSTRUMENTS)]
    prices = [Decimal(random.randint(1000, 40000)) / 100 for _ in instruments]
    held: dict[tuple[UUID, int], _Held] = {}
    rows = []
    for number in range(size):
        portfolio = random.choice(list(portfolios))
        index = random.randrange(INSTRUMENTS)
        position = held.setdefault((portfolio, index), _Held())
        prices[index] = max(CENT, (prices[index] * random.randint(970, 1031) / 1000).quantize(CENT))
        kind = _kind(random, position)
        quantity = _quantity(random, kind, position)
        cash = (quantity * prices[index]).quantize(CENT)
        fees = Decimal(0) if kind is TransactionKind.REINVEST else Decimal("1.00")
        if kind is TransactionKind.DIVIDEND:
            quantity, cash, fees = Decimal(0), -(position.quantity * CENT * 20).quantize(CENT), Decimal(0)
        rows.append(
            TransactionRecord(
                id=UUID(int=(number << 80) | 0x7000_8000_0000_0000_0000 | number),
                portfolio_id=portfolio,
                kind=kind,
                trade_date=FIRST_DAY + timedelta(days=number * 3650 // size),
                sequence=number,
                instrument_id=instruments[index],
                quantity=quantity,
                price=prices[index],
                amount=-cash - fees,
                fees=fees,
                currency="USD",
            )
        )
    return Ledger(portfolios, rows)


def _kind(random: Random, position: _Held) -> TransactionKind:
    if not position.quantity:
        return TransactionKind.BUY
    if len(position.lots) >= MOST_LOTS:
        return TransactionKind.SELL
    return random.choices(
        [TransactionKind.BUY, TransactionKind.REINVEST, TransactionKind.SELL, TransactionKind.DIVIDEND],
        [50, 5, 35, 10],
    )[0]


def _quantity(random: Random, kind: TransactionKind, position: _Held) -> Decimal:
    """The change of the position, which is noted in `position`."""
    if kind is TransactionKind.SELL:
        wanted = position.lots[0] * random.choice([Decimal("0.5"), Decimal(1), Decimal("2.5")])
        quantity = min(position.quantity, wanted.quantize(Decimal("0.0001")))
        _consume(position, quantity)
        return -quantity
    if kind is TransactionKind.REINVEST:
        quantity = Decimal(random.randint(1000, 90000)) / 10000
    else:
        quantity = Decimal(random.randint(1, 300))
    if kind is not TransactionKind.DIVIDEND:
        position.lots.append(quantity)
        position.quantity += quantity
    return quantity


def _consume(position: _Held, quantity: Decimal) -> None:
    position.quantity -= quantity
    while quantity:
        part = min(quantity, position.lots[0])
        quantity -= part
        position.lots[0] -= part
        if not position.lots[0]:
            position.lots.popleft()
