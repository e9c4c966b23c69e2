"""The made ledger in beancount's own language."""

from collections.abc import Iterator
from uuid import UUID

from bench.made_ledger import FIRST_DAY, INSTRUMENTS, Ledger
from portfolios.engine.records import TransactionKind, TransactionRecord


def beancount_text(ledger: Ledger) -> str:
    """Every row as one beancount transaction: FIFO accounts, cost per lot, gains left to be completed."""
    return "\n".join(_lines(ledger))


def _lines(ledger: Ledger) -> Iterator[str]:
    day = FIRST_DAY.isoformat()
    yield 'option "operating_currency" "USD"'
    for account in ledger.portfolios:
        for number in range(INSTRUMENTS):
            yield f'{day} open {_account(account)}:{_symbol(UUID(int=0xB000 + number))} "FIFO"'
        yield f"{day} open {_account(account)}:Cash USD"
    for name in ("Income:Gains", "Income:Dividends", "Expenses:Fees"):
        yield f"{day} open {name}"
    for row in ledger.rows:
        yield from _row(row)


def _row(row: TransactionRecord) -> Iterator[str]:
    account = _account(row.portfolio_id)
    symbol = _symbol(row.instrument_id)
    yield f'{row.trade_date.isoformat()} * "{row.kind.value}"'
    if row.kind is TransactionKind.DIVIDEND:
        yield "  Income:Dividends"
    elif row.kind is TransactionKind.SELL:
        yield f"  {account}:{symbol}  {row.quantity} {symbol} {{}} @ {row.price} USD"
        yield f"  Expenses:Fees  {row.fees} USD"
        yield "  Income:Gains"
    else:
        yield f"  {account}:{symbol}  {row.quantity} {symbol} {{{{{-row.amount} USD}}}}"
    yield f"  {account}:Cash  {row.amount} USD"


def _account(portfolio: UUID) -> str:
    return f"Assets:Broker{portfolio.int:X}"


def _symbol(instrument: UUID | None) -> str:
    return "NONE" if instrument is None else f"I{instrument.int:X}"
