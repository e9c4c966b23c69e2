"""The words that brokers use for kinds of transactions, and what they mean here."""

import re

from portfolios.engine.records import TransactionKind as Kind

IGNORE = "ignore"

# Whole cells, in small letters.
WORDS: dict[str, str] = {
    **dict.fromkeys(
        (
            "buy",
            "bought",
            "purchase",
            "bot",
            "b",
            "buy to open",
            "buy to close",
            "buy to cover",
            "subscription",
        ),
        Kind.BUY,
    ),
    **dict.fromkeys(
        ("sell", "sold", "sale", "sld", "s", "sell short", "sell to open", "sell to close", "redemption"),
        Kind.SELL,
    ),
    **dict.fromkeys(
        (
            "reinvest",
            "reinvestment",
            "reinvest shares",
            "dividend reinvestment",
            "drip",
            "reinvestment (lt gain)",
        ),
        Kind.REINVEST,
    ),
    **dict.fromkeys(
        (
            "dividend",
            "dividends",
            "cash dividend",
            "qualified dividend",
            "non-qualified div",
            "ordinary dividend",
            "special dividend",
            "qual div reinvest",
            "reinvest dividend",
            "pr yr cash div",
            "pr yr div reinvest",
            "special qual div",
            "payment in lieu",
            "cash in lieu",
            "div",
            "long term cap gain",
            "short term cap gain",
            "long term cap gain reinvest",
            "short term cap gain reinvest",
            "capital gain (lt)",
            "capital gain (st)",
            "capital gain",
            "capital gains distribution",
            "distribution",
        ),
        Kind.DIVIDEND,
    ),
    **dict.fromkeys(
        (
            "interest",
            "credit interest",
            "debit interest",
            "bank interest",
            "margin interest",
            "bond interest",
            "interest earned",
            "interest income",
            "interest paid",
            "broker interest received",
            "broker interest paid",
        ),
        Kind.INTEREST,
    ),
    **dict.fromkeys(
        (
            "fee",
            "fees",
            "service fee",
            "adr mgmt fee",
            "advisor fee",
            "management fee",
            "other fee",
            "other fees",
            "commission adjustment",
            "commission",
            "account fee",
            "custody fee",
        ),
        Kind.FEE,
    ),
    **dict.fromkeys(
        (
            "tax",
            "taxes",
            "foreign tax paid",
            "foreign tax withholding",
            "nra tax adj",
            "nra withholding",
            "withholding",
            "withholding tax",
            "foreign tax",
            "tax withheld",
        ),
        Kind.TAX,
    ),
    **dict.fromkeys(
        (
            "deposit",
            "deposits",
            "wire funds received",
            "moneylink deposit",
            "funds received",
            "contribution",
            "cash deposit",
            "ach in",
            "transfer (cash in)",
            "electronic funds transfer received",
        ),
        Kind.DEPOSIT,
    ),
    **dict.fromkeys(
        (
            "withdrawal",
            "withdrawals",
            "wire funds",
            "wire sent",
            "funds withdrawn",
            "cash withdrawal",
            "ach out",
            "electronic funds transfer paid",
        ),
        Kind.WITHDRAWAL,
    ),
    **dict.fromkeys(("exchange", "forex", "fx", "currency exchange", "fx conversion"), Kind.EXCHANGE),
    **dict.fromkeys(("split", "stock split", "reverse split", "forward split"), Kind.SPLIT),
    **dict.fromkeys(("stock dividend", "bonus issue", "stock div dist"), Kind.STOCK_DIVIDEND),
    **dict.fromkeys(("spin-off", "spinoff", "spin off"), Kind.SPIN_OFF),
    **dict.fromkeys(
        ("merger", "stock merger", "cash merger", "cash/stock merger", "symbol change", "name change"),
        Kind.MERGER,
    ),
    **dict.fromkeys(("return of capital", "return capital"), Kind.RETURN_OF_CAPITAL),
    **dict.fromkeys(
        (
            "transfer in",
            "transfer (incoming)",
            "security transfer in",
            "transferred from",
            "acat in",
            "journaled shares in",
        ),
        Kind.TRANSFER_IN,
    ),
    **dict.fromkeys(
        ("transfer out", "transfer (outgoing)", "security transfer out", "transferred to", "acat out"),
        Kind.TRANSFER_OUT,
    ),
    **dict.fromkeys(("opening", "opening balance", "opening position"), Kind.OPENING),
    **dict.fromkeys(("gift", "gift received", "gifted shares in"), Kind.GIFT),
    **dict.fromkeys(("inheritance", "inherited", "estate transfer in"), Kind.INHERITANCE),
    **dict.fromkeys(("delivery against short", "short against the box delivery"), Kind.DELIVERY),
    **dict.fromkeys(("sweep in", "sweep out", "sweep", "total", "balance"), IGNORE),
}

# Kinds that only the sign of the cash or of the shares tells apart.
BY_SIGN = frozenset(
    (
        "deposits & withdrawals", "deposits/withdrawals", "deposit/withdrawal", "moneylink transfer",
        "journal", "transfer", "security transfer", "journaled shares", "internal transfer", "ach", "wire",
        "cash transfer", "funds transfer", "misc cash entry", "adjustment",
    )
)  # fmt: skip

# Beginnings of longer texts (“YOU BOUGHT APPLE INC (AAPL) (Cash)”), the first that fits.
_BEGINNINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"you bought\b", Kind.BUY),
        (r"you sold\b", Kind.SELL),
        (r"reinvestment\b", Kind.REINVEST),
        (r"dividend received\b", Kind.DIVIDEND),
        (r"(long|short)-term cap gain\b", Kind.DIVIDEND),
        (r"return of capital\b", Kind.RETURN_OF_CAPITAL),
        (r"interest (earned|received|paid)\b", Kind.INTEREST),
        (r"margin interest\b", Kind.INTEREST),
        (r"foreign tax (paid|withheld)\b", Kind.TAX),
        (r"(advisory |service |adr |account )?fee (charged|paid)\b", Kind.FEE),
        (r"electronic funds transfer received\b", Kind.DEPOSIT),
        (r"electronic funds transfer paid\b", Kind.WITHDRAWAL),
        (r"direct deposit\b", Kind.DEPOSIT),
        (r"wire transfer (from|received)\b", Kind.DEPOSIT),
        (r"wire transfer to\b", Kind.WITHDRAWAL),
        (r"transferred from\b", Kind.TRANSFER_IN),
        (r"transferred to\b", Kind.TRANSFER_OUT),
        (r"(buy|bought|purchase)\b", Kind.BUY),
        (r"(sell|sold|sale)\b", Kind.SELL),
        (r"dividend\b", Kind.DIVIDEND),
        (r"interest\b", Kind.INTEREST),
        (r"deposit\b", Kind.DEPOSIT),
        (r"withdrawal\b", Kind.WITHDRAWAL),
    )
)

OPENS = frozenset(("buy to open", "sell to open", "sell short"))
CLOSES = frozenset(("buy to close", "sell to close", "buy to cover"))


def folded(text: str) -> str:
    """`text` in small letters with single spaces, as the tables above have it."""
    return " ".join(text.split()).casefold()


def proposed_kind(text: str) -> str:
    """The kind that `text` means, IGNORE for rows that are no transactions, "sign" when only the sign tells.

    An empty string when nobody knows: a person must say.
    """
    plain = folded(text)
    if plain in WORDS:
        return str(WORDS[plain])
    if plain in BY_SIGN:
        return "sign"
    return next((str(kind) for pattern, kind in _BEGINNINGS if pattern.match(plain)), "")
