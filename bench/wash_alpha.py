"""wash-alpha beside the engine: the time for one ledger, and how often its total is right."""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.made_trades import made_trades
from bench.timing import seconds_of
from portfolios.engine.book import derive_book
from portfolios.engine.policies import TaxRules
from portfolios.engine.records import (
    DisposalRecord,
    PortfolioRecord,
    TransactionKind,
    TransactionRecord,
    Treatment,
)
from taxharvest.engine.conformance.fields import Fields
from taxharvest.engine.conformance.wash_ledger import accounts_of, ledger_rows, rules_of
from tests.golden.cases import further_cases, golden_cases

WASH_ALPHA = "wash-alpha==0.81.1"
DETECTING = Path(__file__).parent / "wash_alpha_detecting.py"
SIZES = (1_000, 2_000, 4_000, 8_000)
BOUND = 60.0  # seconds for one ledger
APART = 3
SMALL, SMALL_TRADES = 200, 16
TOLERANCE = Decimal("0.02")
PLAIN = {"buy", "reinvest", "sell"}
TYPES = {Treatment.TAXABLE: "taxable", Treatment.IRA: "trad_ira"}

Household = tuple[list[TransactionRecord], Mapping[UUID, PortfolioRecord], TaxRules]


def beside(python: str) -> list[str]:
    """The lines of the comparison; `python` is an interpreter that has wash-alpha."""
    return [
        (
            f"{WASH_ALPHA}, in its own environment, on the same spread ledgers of one group "
            "(`detect_wash_sales` alone, on records made before; each sale with its cost first in, first "
            f"out). A size that takes longer than {BOUND:.0f} s is given up."
        ),
        "",
        "| trades | wash-alpha, s | the engine, s | times as fast |",
        "|---|---|---|---|",
        *(_line(python, size) for size in SIZES),
        "",
        *_totals(python),
    ]


def _line(python: str, size: int) -> str:
    ledger = made_trades(size, days=size * APART)
    ours = seconds_of(ledger)
    theirs = _detected(python, [_asked((ledger.rows, ledger.portfolios, TaxRules()))])
    if theirs is None:
        return f"| {size:,} | more than {BOUND:.0f} | {ours:.2f} | more than {BOUND / ours:,.0f} |"
    seconds = theirs[0]["cpu"]
    return f"| {size:,} | {seconds:.2f} | {ours:.2f} | {seconds / ours:,.1f} |"


def _totals(python: str) -> list[str]:
    made = [
        made_trades(SMALL_TRADES, days=SMALL_TRADES * APART * 3, seed=1000 + number, is_ragged=True)
        for number in range(SMALL)
    ]
    small: list[Household] = [(ledger.rows, ledger.portfolios, TaxRules()) for ledger in made]
    cases = list(_cases())
    households = [household for household, _ in cases]
    expected = [total for _, total in cases]
    ours = [_disallowed(household) for household in small]
    return [
        (
            "Is the total that may not be deducted right to two cents? wash-alpha does not carry a deferred "
            "loss into the sales that follow, so it is asked twice: with a sale as one record, as its own "
            "import makes it, and with a record for each lot that the sale took."
        ),
        "",
        "| ledgers | wash-alpha, a record a sale | wash-alpha, a record a lot | the engine |",
        "|---|---|---|---|",
        (
            f"| {SMALL} made ragged ones of {SMALL_TRADES} trades, held against the engine "
            f"| {_right(python, small, ours, is_by_lot=False)} "
            f"| {_right(python, small, ours, is_by_lot=True)} "
            "| (the measure) |"
        ),
        (
            f"| {len(cases)} cases of the tax book with purchases and sales alone, against their results "
            f"| {_right(python, households, expected, is_by_lot=False)} "
            f"| {_right(python, households, expected, is_by_lot=True)} "
            f"| {_share([_disallowed(household) for household in households], expected)} |"
        ),
    ]


def _cases() -> Iterator[tuple[Household, Decimal]]:
    """Cases that both can be told in full: no splits, named lots, policies or shares used before."""
    for case in [*golden_cases("portfolios"), *further_cases()]:
        if case["kind"] != "wash_sale" or case.get("policy") or case.get("assets") or not _is_plain(case):
            continue
        fields = Fields(case, "case")
        transactions = list(fields.parts("transactions"))
        portfolios = {record.id: record for record in accounts_of(fields.part("accounts")).values()}
        household = list(ledger_rows(transactions)), portfolios, rules_of(fields, transactions)
        yield (
            household,
            sum((Decimal(piece["disallowed"]) for piece in case["expected"]["disposals"]), Decimal(0)),
        )


def _is_plain(case: Mapping[str, Any]) -> bool:
    return all(
        row["action"] in PLAIN and not row.get("lots") and not row.get("already_used")
        for row in case["transactions"]
    )


def _disallowed(household: Household) -> Decimal:
    return sum((piece.disallowed_base for piece in derive_book(*household).disposals), Decimal(0))


def _right(python: str, households: list[Household], expected: list[Decimal], *, is_by_lot: bool) -> str:
    answers = _detected(python, [_asked(household, is_by_lot=is_by_lot) for household in households]) or []
    return _share([Decimal(str(answer["disallowed"])) for answer in answers], expected)


def _share(found: list[Decimal], expected: list[Decimal]) -> str:
    right = sum(abs(one - other) <= TOLERANCE for one, other in zip(found, expected, strict=True))
    return f"{right} ({right * 100 // len(expected)} %)"


def _asked(household: Household, *, is_by_lot: bool = False) -> dict[str, Any]:
    """A ledger as wash-alpha takes it: what is identical has one ticker, a sale states its cost."""
    rows, portfolios, rules = household
    plain = {key: replace(record, treatment=Treatment.SIMULATED) for key, record in portfolios.items()}
    pieces = defaultdict(list)
    for piece in derive_book(rows, plain).disposals:
        pieces[piece.transaction_id].append(piece)
    trades = []
    for row in rows:
        identity = rules.identities.get(row.instrument_id) if row.instrument_id else None
        ticker = str(identity.group if identity else row.instrument_id)
        head = str(row.portfolio_id), row.trade_date.isoformat(), ticker
        if row.kind is TransactionKind.SELL:
            trades += [(*head, "Sell", *money) for money in _sold(pieces[row.id], is_by_lot=is_by_lot)]
        else:
            trades.append((*head, "Buy", float(row.quantity), float(-row.amount), 0.0))
    accounts = {str(key): TYPES[record.treatment] for key, record in portfolios.items()}
    return {"accounts": accounts, "trades": trades}


def _sold(pieces: list[DisposalRecord], *, is_by_lot: bool) -> Iterator[tuple[float, float, float]]:
    """Shares, cost and proceeds of a sale, or of each lot that it took."""
    for group in [[piece] for piece in pieces] if is_by_lot else [pieces]:
        quantity = sum(piece.quantity for piece in group)
        cost = sum(piece.basis or Decimal(0) for piece in group)
        yield float(quantity), float(cost), float(sum(piece.proceeds for piece in group))


def _detected(python: str, ledgers: Iterable[dict[str, Any]]) -> list[dict[str, float]] | None:
    """What wash-alpha says of each ledger; None when it takes too long."""
    with tempfile.TemporaryDirectory(prefix="wealthalloc-bench-") as folder:
        text = Path(folder) / "ledgers.json"
        text.write_text(json.dumps(list(ledgers)), encoding="utf-8")
        try:
            answer = subprocess.run(
                [python, str(DETECTING), str(text)], capture_output=True, check=True, timeout=BOUND
            )
        except subprocess.TimeoutExpired:
            return None
    figures: list[dict[str, float]] = json.loads(answer.stdout)
    return figures


if __name__ == "__main__":
    sys.exit("Run it as: python -m bench tax_lots")
