"""Made trades of one household in two accounts, to measure the wash-sale rule: seeded, no row wrong."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from bench.made_ledger import Ledger
from portfolios.engine.records import PortfolioRecord, TransactionKind, TransactionRecord

FIRST_DAY = date(1970, 1, 1)
ACCOUNTS = (UUID(int=0xA001), UUID(int=0xA002))
LOWEST, HIGHEST = 100, 1_000_000  # a price in cents; the walk is turned back at both ends
MOST_SHARES = 1_000  # an account that holds as many sells, so that the shape is the same at every size
STEP = 100  # a price moves by up to a hundredth of itself
CENTS = Decimal("0.01")


def made_trades(count: int, *, days: int, instruments: int = 1, seed: int = 11) -> Ledger:
    """`count` purchases and sales, spread evenly over `days` days, in two taxable accounts of one person.

    Purchases and sales are equally likely, of 1 to 100 shares; an account holds from none to about
    a thousand. The price of each instrument is a random walk without drift, so about half of the sales lose.
    """
    random = Random(seed)  # noqa: S311 - the same trades each time, nothing secret
    draw = random.random
    held: defaultdict[tuple[int, int], int] = defaultdict(int)
    cents = [10_000] * instruments
    keys = [UUID(int=0xB000_0000 + number) for number in range(instruments)]
    # Numbers and days come again and again: one object for each keeps the rows small.
    wholes = [Decimal(number) for number in range(-100, 101)]
    calendar = [FIRST_DAY + timedelta(days=number) for number in range(days)]
    rows: list[TransactionRecord] = []
    for number in range(count):
        index, account = int(draw() * instruments), int(draw() * 2)
        cents[index] = price = _step(cents[index], draw())
        shares, holds = 1 + int(draw() * 100), held[index, account]
        if holds and (draw() < 0.5 or holds >= MOST_SHARES):  # noqa: PLR2004 - heads or tails
            shares = -min(shares, holds)
        held[index, account] = holds + shares
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


def _step(cents: int, chance: float) -> int:
    """The next price: up by a factor or down by the same one."""
    up = STEP + abs(2 * chance - 1)
    moved = cents * up / STEP if chance < 0.5 else cents * STEP / up  # noqa: PLR2004 - heads or tails
    return min(max(round(moved), LOWEST), HIGHEST)
