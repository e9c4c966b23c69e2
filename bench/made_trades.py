"""Made trades of one household in two accounts, to measure the wash-sale rule: seeded, no row wrong."""

from collections import defaultdict, deque
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from bench.made_ledger import Ledger
from portfolios.engine.records import PortfolioRecord, TransactionKind, TransactionRecord

FIRST_DAY = date(1970, 1, 1)
ACCOUNTS = (UUID(int=0xA001), UUID(int=0xA002))
LOWEST, HIGHEST = 100, 1_000_000  # a price in cents; the walk is turned back at both ends
STEP = 100  # a price moves by up to a hundredth of itself
CENTS = Decimal("0.01")


def made_trades(
    count: int,
    *,
    days: int,
    instruments: int = 1,
    seed: int = 11,
    is_ragged: bool = False,
    is_round: bool = False,
) -> Ledger:
    """`count` purchases and sales, spread evenly over `days` days, in two taxable accounts of one person.

    Purchases of 1 to 100 shares and sales are equally likely. A sale is of as many shares as the oldest
    purchase that is left brought, or, where `is_ragged`, of 1 to 100 as far as they are held; where
    `is_round` every trade is of 100 shares. The price of each instrument is a random walk without drift, so
    about half of the sales lose.
    """
    random = Random(seed)  # noqa: S311 - the same trades each time, nothing secret
    draw = random.random
    held: defaultdict[tuple[int, int], deque[int]] = defaultdict(deque)
    cents = [10_000] * instruments
    keys = [UUID(int=0xB000_0000 + number) for number in range(instruments)]
    # Numbers and days come again and again: one object for each keeps the rows small.
    wholes = [Decimal(number) for number in range(-100, 101)]
    calendar = [FIRST_DAY + timedelta(days=number) for number in range(days)]
    rows: list[TransactionRecord] = []
    for number in range(count):
        index, account = int(draw() * instruments), int(draw() * 2)
        cents[index] = price = _step(cents[index], draw())
        lots, shares = held[index, account], 100 if is_round else 1 + int(draw() * 100)
        if lots and draw() < 0.5:  # noqa: PLR2004 - heads or tails
            shares = -_sold(lots, shares if is_ragged else lots[0])
        else:
            lots.append(shares)
        rows.append(
            TransactionRecord(
                id=UUID(int=(number << 80) | 0x7000_8000_0000_0000_0000 | number),
                portfolio_id=ACCOUNTS[account],
                kind=TransactionKind.BUY if shares > 0 else TransactionKind.SELL,
                trade_date=calendar[number * days // count],
                sequence=number,
                instrument_id=keys[index],
                quantity=wholes[shares + 100],
                amount=-shares * price * CENTS,
                currency="USD",
            )
        )
    return Ledger({key: PortfolioRecord(id=key, base_currency="USD") for key in ACCOUNTS}, rows)


def _sold(lots: deque[int], wanted: int) -> int:
    """Takes up to `wanted` shares from the oldest lots; returns how many there were."""
    left = wanted
    while left and lots:
        part = min(left, lots[0])
        left -= part
        lots[0] -= part
        if not lots[0]:
            lots.popleft()
    return wanted - left


def _step(cents: int, chance: float) -> int:
    """The next price: up by a factor or down by the same one."""
    up = STEP + abs(2 * chance - 1)
    moved = cents * up / STEP if chance < 0.5 else cents * STEP / up  # noqa: PLR2004 - heads or tails
    return min(max(round(moved), LOWEST), HIGHEST)
