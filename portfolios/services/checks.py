"""Holding the book against the statements it was read from, and dismissing a finding with a reason."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from common.audit import audit_record
from common.errors import InvalidInput
from common.transactions import write_transaction
from portfolios.engine.book import derive_book
from portfolios.engine.figures import day_text
from portfolios.engine.ledger import effective
from portfolios.engine.openings import positions_of
from portfolios.engine.reconcile import (
    CashDifference,
    Omission,
    PositionDifference,
    cash_differences,
    position_differences,
)
from portfolios.engine.records import FindingKind, FindingRecord, TransactionRecord
from portfolios.models import Finding, FindingDismissal, Instrument, Portfolio, StatedBalance
from portfolios.selectors.facts import portfolio_records, transaction_records
from portfolios.selectors.stated import cash_before, latest_stated, omitted_symbols, opened_currencies
from portfolios.services.book import findings_replace
from portfolios.services.ledger import household_lock

CHECKED = (FindingKind.POSITION_DIFFERS, FindingKind.CASH_DIFFERS)


@write_transaction
def balances_check(*, household_id: UUID) -> int:
    """Compare each portfolio with the latest positions and cash that a statement gave for it.

    What differs becomes a finding "incomplete, difference X" with the likely cause; one that no longer
    differs goes away. Returns how many findings stand. Derive the book first.
    """
    household_lock(household_id)
    portfolios = Portfolio.objects.filter(household_id=household_id, stated_balances__isnull=False).distinct()
    findings: list[FindingRecord] = []
    for portfolio in portfolios.order_by("created_at", "id"):
        findings.extend(_check(portfolio))
    existing = Finding.objects.filter(portfolio__household_id=household_id, kind__in=CHECKED)
    findings_replace(existing, findings)
    return len(findings)


@write_transaction
def finding_dismiss(*, finding: Finding, reason: str, actor_id: UUID) -> FindingDismissal:
    """Take somebody's word that a finding is all right; it stays listed as suppressed, with the reason.

    Raises InvalidInput without a reason.
    """
    reason = reason.strip()
    if not reason:
        sentence = "Say why this is all right: the reason stays beside the finding."
        raise InvalidInput(sentence, code="reason-missing", fields={"reason": [sentence]})
    dismissal, _ = FindingDismissal.objects.update_or_create(
        finding_id=finding.pk,
        defaults={
            "portfolio_id": finding.portfolio_id,
            "reason": reason[:300],
            "dismissed_by_id": actor_id,
        },
    )
    audit_record(
        actor_id=actor_id,
        action="finding.dismiss",
        subject=dismissal,
        detail={"finding": str(finding.pk), "kind": finding.kind, "reason": reason[:300]},
    )
    return dismissal


@write_transaction
def finding_restore(*, finding: Finding, actor_id: UUID) -> None:
    """Take a dismissal back: the finding counts again."""
    dismissal = FindingDismissal.objects.filter(finding_id=finding.pk).first()
    if dismissal is None:
        return
    audit_record(
        actor_id=actor_id, action="finding.restore", subject=dismissal, detail={"finding": str(finding.pk)}
    )
    dismissal.delete()


def _check(portfolio: Portfolio) -> list[FindingRecord]:
    positions, cash = latest_stated(portfolio.pk)
    count, symbols = omitted_symbols(portfolio.pk)
    omitted = Omission(rows=count, symbols=symbols)
    findings = _position_findings(portfolio, positions, omitted) if positions else []
    if cash:
        findings.extend(_cash_findings(portfolio, cash, omitted))
    return findings


def _position_findings(
    portfolio: Portfolio, stated: Sequence[StatedBalance], omitted: Omission
) -> list[FindingRecord]:
    day = stated[0].day
    rows = _rows_until(portfolio, day)
    record = portfolio_records(portfolio.household_id)[portfolio.pk]
    held = positions_of(derive_book(rows, {record.id: record}).movements, portfolio.pk)
    quantities: dict[UUID, Decimal] = defaultdict(Decimal)
    for balance in stated:
        if balance.instrument_id is not None:
            quantities[balance.instrument_id] += balance.quantity
    symbols = dict(
        Instrument.objects.filter(pk__in=quantities.keys() | held.keys()).values_list("id", "symbol")
    )
    differences = position_differences(
        stated=quantities, held=held, rows=rows, symbols=symbols, omitted=omitted
    )
    return [
        FindingRecord(
            kind=FindingKind.POSITION_DIFFERS,
            portfolio_id=portfolio.pk,
            instrument_id=difference.instrument_id,
            transaction_id=None,
            day=day,
            detail=_position_words(symbols.get(difference.instrument_id, "A position"), day, difference),
        )
        for difference in differences
    ]


def _cash_findings(
    portfolio: Portfolio, stated: Sequence[StatedBalance], omitted: Omission
) -> list[FindingRecord]:
    """One finding for the cash of a day, naming each currency that differs."""
    day = stated[0].day
    differences = cash_differences(
        stated={balance.currency: balance.quantity for balance in stated},
        starts={
            balance.currency: balance.cost
            for balance in stated
            if balance.cost is not None and balance.currency not in opened_currencies(portfolio.pk)
        },
        held=cash_before(portfolio.pk, day + timedelta(days=1)),
        omitted=omitted,
    )
    if not differences:
        return []
    return [
        FindingRecord(
            kind=FindingKind.CASH_DIFFERS,
            portfolio_id=portfolio.pk,
            instrument_id=None,
            transaction_id=None,
            day=day,
            detail=_cash_words(day, differences),
        )
    ]


def _rows_until(portfolio: Portfolio, day: date) -> list[TransactionRecord]:
    rows, _ = effective(transaction_records([portfolio.pk]))
    return [row for row in rows if row.trade_date <= day]


def _position_words(symbol: str, day: date, difference: PositionDifference) -> str:
    return (
        f"{symbol} is incomplete, difference {_plain(difference.difference)}: the statement gives "
        f"{_plain(difference.stated)} on {day_text(day)}, the book {_plain(difference.held)}. "
        f"Likely cause: {difference.cause}."
    )


def _cash_words(day: date, differences: Sequence[CashDifference]) -> str:
    parts = [
        f"{_money(d.difference)} {d.currency} (statement {_money(d.stated)}, book {_money(d.held)}; "
        f"likely cause: {d.cause})"
        for d in differences
    ]
    return f"Cash on {day_text(day)} is incomplete, difference " + "; ".join(parts) + "."


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}".replace("-", "\N{MINUS SIGN}")


def _money(value: Decimal) -> str:
    return f"{value:,.2f}".replace("-", "\N{MINUS SIGN}")
