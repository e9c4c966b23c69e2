"""A transaction in a few words, as lists of an import show it."""

from decimal import Decimal

from portfolios.engine.records import ParsedTransaction, TransactionKind

_WITH_QUANTITY = {
    TransactionKind.BUY,
    TransactionKind.SELL,
    TransactionKind.REINVEST,
    TransactionKind.STOCK_DIVIDEND,
    TransactionKind.TRANSFER_IN,
    TransactionKind.TRANSFER_OUT,
    TransactionKind.GIFT,
    TransactionKind.INHERITANCE,
    TransactionKind.DELIVERY,
}


def transaction_words(row: ParsedTransaction) -> str:
    """What happened, in one line of at most 200 characters: kind, quantity, symbol, amount."""
    parts = [row.kind.value.replace("_", " ").capitalize()]
    if row.kind in _WITH_QUANTITY and row.quantity:
        parts.append(_plain(abs(row.quantity)))
    if row.kind is TransactionKind.SPLIT and row.ratio_new and row.ratio_old:
        parts.append(f"{_plain(row.ratio_new)} for {_plain(row.ratio_old)}")
    if row.instrument is not None:
        parts.append(row.instrument.symbol)
    if row.counterpart is not None:
        parts.append(f"to {row.counterpart.symbol}")
    if row.amount:
        parts.append(f"{row.amount:,.2f} {row.currency}".replace("-", "\N{MINUS SIGN}"))
    if row.counter_amount:
        parts.append(f"for {row.counter_amount:,.2f} {row.counter_currency}".replace("-", "\N{MINUS SIGN}"))
    return " ".join(parts)[:200]


def _plain(value: Decimal) -> str:
    """A quantity without trailing zeros."""
    return f"{value.normalize():f}"
