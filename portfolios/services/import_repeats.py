"""Rows of a file that the book has already: whether the file still says of them what the book says."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal

from common.money import quantize
from portfolios.engine.records import ParsedTransaction
from portfolios.models import Portfolio, Transaction
from portfolios.services.ledger import REVERSAL_SOURCE

BATCH = 1000
# What makes an event another one; words and rates may be told differently from file to file.
FACTS = ("trade_date", "quantity", "amount", "currency")
HALF_A_CENT = Decimal("0.005")


def known_rows_altered(
    portfolio: Portfolio,
    rows: Iterable[ParsedTransaction],
    known: Collection[str],
    heard: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Natural keys of known rows whose facts differ from the book or that were taken back, with the reason.

    The ledger only grows, so such a row is not replaced in silence: a person decides. `heard` maps keys of
    rows to the keys that the book has for them.
    """
    names = heard or {}
    told = {names.get(row.natural_key, row.natural_key): row for row in rows if row.natural_key in known}
    keys = list(told)
    altered: dict[str, str] = {}
    for start in range(0, len(keys), BATCH):
        stored = Transaction.objects.filter(
            portfolio=portfolio, natural_key__in=keys[start : start + BATCH]
        ).values_list("natural_key", "reversal__source", *FACTS)
        for key, reversed_by, *facts in stored:
            reason = (
                "Taken back in the book by hand, so it stays out. Enter it by hand to have it back."
                if reversed_by == REVERSAL_SOURCE
                else _difference(told[key], facts, portfolio)
            )
            if reason:
                altered[told[key].natural_key] = reason
    return altered


def _difference(row: ParsedTransaction, facts: list[date | Decimal | str], portfolio: Portfolio) -> str:
    currency = row.currency or portfolio.base_currency
    amount = quantize(row.amount)
    stored = facts[FACTS.index("amount")]
    if isinstance(stored, Decimal) and abs(stored - amount) < HALF_A_CENT:
        # Sources write prices and commissions with more or fewer digits.
        amount = stored
    told = [row.trade_date, quantize(row.quantity), amount, currency]
    differences = [
        f"{name.replace('_', ' ')} {_plain(new)}, the book has {_plain(old)}"
        for name, new, old in zip(FACTS, told, facts, strict=True)
        if new != old
    ]
    if not differences:
        return ""
    return (
        f"The file says {'; '.join(differences)}. Take the row of the book back and enter it as it should be."
    )


def _plain(value: date | Decimal | str) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if isinstance(value, str) else value.isoformat()
