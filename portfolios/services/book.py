"""Deriving lots, disposals, wash sales, holdings, cash and findings from the ledger, in whole or in part."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Sum
from django.utils import timezone

from common.identifiers import derived_uuid
from common.transactions import write_transaction
from portfolios.engine.book import derive_book
from portfolios.engine.ledger import closure
from portfolios.engine.records import Book, FindingKind, FindingRecord
from portfolios.models import CashBalance, Disposal, Finding, Holding, Lot, Transaction, WashSale
from portfolios.selectors.facts import (
    instrument_link_pairs,
    portfolio_records,
    tax_rules,
    transaction_records,
)
from portfolios.services.derived_rows import rows_replace
from portfolios.services.ledger import household_lock

BATCH = 2000

# These come from holding the book against statements and prices, not from the ledger alone.
CHECKED_ELSEWHERE = frozenset(
    {
        FindingKind.POSITION_DIFFERS,
        FindingKind.CASH_DIFFERS,
        FindingKind.PRICE_MISSING,
        FindingKind.PRICE_STALE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSummary:
    """What a derivation left behind: counts of the rows of the household or of the part derived."""

    lots: int
    disposals: int
    holdings: int
    findings: int
    washes: int
    digest: str


@write_transaction
def book_derive(*, household_id: UUID, instrument_ids: Collection[UUID] | None = None) -> BookSummary:
    """Derive the book of a household again: all of it, or the part that some instruments touch.

    The part is closed under corporate actions and under what the wash-sale rule ties together, so it equals
    the same part of a full rebuild. Rows that come out the same are left alone. `digest` is SHA-256 over what
    was derived, for comparison.
    """
    household_lock(household_id)
    portfolios = portfolio_records(household_id)
    rules = tax_rules(household_id)
    links = [] if instrument_ids is None else instrument_link_pairs(portfolios, rules)
    part = None if instrument_ids is None else closure(instrument_ids, links)
    book = derive_book(transaction_records(portfolios, part), portfolios, rules)
    scope: dict[str, Any] = {"portfolio_id__in": list(portfolios)}
    if part is not None:
        scope["instrument_id__in"] = list(part)
    rows_replace(Lot.objects.filter(**scope), book.lots)
    rows_replace(Disposal.objects.filter(**scope), book.disposals)
    rows_replace(WashSale.objects.filter(**scope), book.washes)
    rows_replace(Holding.objects.filter(**scope), book.holdings)
    findings_replace(Finding.objects.filter(**scope).exclude(kind__in=CHECKED_ELSEWHERE), book.findings)
    _replace_cash(list(portfolios))
    return BookSummary(
        lots=len(book.lots),
        disposals=len(book.disposals),
        holdings=len(book.holdings),
        findings=len(book.findings),
        washes=len(book.washes),
        digest=book_digest(book),
    )


def book_digest(book: Book) -> str:
    """SHA-256 over a canonical text of the derived rows: equal books have equal digests."""
    digest = hashlib.sha256()
    for group in (book.lots, book.disposals, book.washes, book.holdings, book.findings):
        for record in group:
            digest.update(repr(record).encode())
    return digest.hexdigest()


def finding_id(finding: FindingRecord) -> UUID:
    """The identifier of a question: the same as long as the question is, so a dismissal keeps holding."""
    return derived_uuid(
        finding.portfolio_id, f"{finding.kind}:{finding.instrument_id}:{finding.transaction_id}:{finding.day}"
    )


def findings_replace(existing: models.QuerySet[Finding], findings: Sequence[FindingRecord]) -> None:
    """Make the findings of `existing` those of `findings`; one that stays keeps the day it was first seen."""
    wanted = {finding_id(finding): finding for finding in findings}
    seen = dict(existing.values_list("pk", "detail"))
    existing.filter(pk__in=seen.keys() - wanted.keys()).delete()
    for pk, detail in seen.items():
        if pk in wanted and wanted[pk].detail[:500] != detail:
            existing.filter(pk=pk).update(detail=wanted[pk].detail[:500])
    now = timezone.now()
    Finding.objects.bulk_create(
        [
            Finding(
                id=pk,
                portfolio_id=finding.portfolio_id,
                instrument_id=finding.instrument_id,
                transaction_id=finding.transaction_id,
                kind=finding.kind,
                day=finding.day,
                detail=finding.detail[:500],
                created_at=now,
            )
            for pk, finding in wanted.items()
            if pk not in seen
        ],
        batch_size=BATCH,
    )


def _replace_cash(portfolio_ids: list[UUID]) -> None:
    """Cash is the sum of the ledger by currency; a reversal carries opposite amounts, so all rows count."""
    balances: dict[tuple[UUID, str], Decimal] = {}
    for amount, currency in (("amount", "currency"), ("counter_amount", "counter_currency")):
        sums = (
            Transaction.objects.filter(portfolio_id__in=portfolio_ids)
            .exclude(**{currency: ""})
            .values_list("portfolio_id", currency)
            .annotate(total=Sum(amount))
        )
        for portfolio_id, code, total in sums:
            key = (portfolio_id, code)
            balances[key] = balances.get(key, Decimal(0)) + (total or Decimal(0))
    existing = CashBalance.objects.filter(portfolio_id__in=portfolio_ids)
    if {(row.portfolio_id, row.currency): row.amount for row in existing} == balances:
        return
    existing.delete()
    CashBalance.objects.bulk_create(
        CashBalance(
            id=derived_uuid(portfolio_id, f"cash:{code}"),
            portfolio_id=portfolio_id,
            currency=code,
            amount=total,
        )
        for (portfolio_id, code), total in sorted(balances.items())
    )
