"""Writing down what became of each row of a file."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.bulk import copy_rows
from common.identifiers import uuid7
from portfolios.engine.figures import day_text
from portfolios.engine.records import ParsedTransaction, RowOutcome, RowStatus, Statement
from portfolios.engine.row_words import transaction_words
from portfolios.models import ImportRow, ImportRun
from portfolios.services.import_plans import AccountPlan

COLUMNS = (
    "id", "run_id", "line", "section", "account", "status", "reason", "field", "summary", "natural_key",
    "row",
)  # fmt: skip
LONGEST_VALUE = 500
LONGEST_ROW = 10_000
LARGEST_LINE = 2_147_483_647


def import_rows_write(*, run: ImportRun, statement: Statement, plans: Sequence[AccountPlan]) -> Counter[str]:
    """Replace the rows of `run` by what `plans` make of the file; returns their count by status.

    Runs inside the caller's transaction.
    """
    old = ImportRow.objects.filter(run=run)
    old._raw_delete(old.db)
    counts: Counter[str] = Counter()
    copy_rows(ImportRow, COLUMNS, _counted(_values(run, statement, plans), counts))
    return counts


def _counted(rows: Iterator[tuple[Any, ...]], counts: Counter[str]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        counts[row[5]] += 1
        yield row


def _values(run: ImportRun, statement: Statement, plans: Sequence[AccountPlan]) -> Iterator[tuple[Any, ...]]:
    by_number = {plan.statement.account: plan for plan in plans}
    parsed: dict[str, tuple[str, ParsedTransaction]] = {
        row.natural_key: (account.account, row)
        for account in statement.accounts
        for row in account.transactions
    }
    numbers = {account.account for account in statement.accounts}
    # Some rows name no account, or a masked one.
    only = statement.accounts[0].account if len(numbers) == 1 else ""
    for outcome in statement.rows:
        account, transaction = parsed.get(outcome.natural_key, ("", None))
        account = account or outcome.row.get("accountId", "") or only
        if account not in numbers:
            account = only
        status, reason, field = _fate(outcome, account, transaction, by_number.get(account))
        yield (
            uuid7(),
            run.pk,
            min(outcome.line, LARGEST_LINE),
            outcome.section[:60],
            account[:60],
            status,
            _clean(reason)[:300],
            _clean(field)[:60],
            _clean(_summary(outcome, transaction)),
            _clean(outcome.natural_key)[:120],
            _row_json(outcome.row),
        )


def _fate(
    outcome: RowOutcome, account: str, transaction: ParsedTransaction | None, plan: AccountPlan | None
) -> tuple[str, str, str]:
    """Status, reason and field of one row, after it met the book."""
    if outcome.status is not RowStatus.READ:
        return outcome.status.value, outcome.reason, outcome.field
    if plan is None and (account or transaction is not None):
        return (
            ImportRow.Status.LEFT_OUT,
            f"Account {account or 'without number'} is left out of this import.",
            "",
        )
    if transaction is None or plan is None:
        return ImportRow.Status.STATED, outcome.reason, ""
    if outcome.natural_key in plan.oversold:
        return ImportRow.Status.WRONG, _oversold_words(transaction, plan.oversold), "quantity"
    return _fate_of_good(outcome, plan)


def _fate_of_good(outcome: RowOutcome, plan: AccountPlan) -> tuple[str, str, str]:
    if outcome.natural_key in plan.altered:
        return ImportRow.Status.LEFT_OUT, plan.altered[outcome.natural_key], ""
    if outcome.natural_key in plan.known:
        return ImportRow.Status.KNOWN, outcome.reason, ""
    return ImportRow.Status.NEW, outcome.reason, ""


def _oversold_words(transaction: ParsedTransaction, oversold: Mapping[str, Any]) -> str:
    held = f"{oversold[transaction.natural_key].normalize():f}"
    sold = f"{abs(transaction.quantity).normalize():f}"
    symbol = transaction.instrument.symbol if transaction.instrument else "it"
    return (
        f"Sells {sold} {symbol} where {held} are held on {day_text(transaction.trade_date)}. "
        "Import the purchase first, or mark the row as a short sale."
    )


def _summary(outcome: RowOutcome, transaction: ParsedTransaction | None) -> str:
    if transaction is not None:
        return transaction_words(transaction)
    named = (outcome.row.get(key, "") for key in ("symbol", "Symbol", "description", "Description"))
    return " ".join(dict.fromkeys(filter(None, named)))[:200]


def _clean(text: str) -> str:
    """PostgreSQL keeps every character but one."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _row_json(row: Mapping[str, str]) -> str:
    """The row as JSON; the rare one with a character or a length that cannot be kept is mended."""
    text = json.dumps(row)
    if "\\u0000" in text or len(text) > LONGEST_ROW:
        return json.dumps(_clean_row(row))
    return text


def _clean_row(row: Mapping[str, str]) -> dict[str, str]:
    return {_clean(key)[:LONGEST_VALUE]: _clean(value)[:LONGEST_VALUE] for key, value in row.items()}
