"""The two long jobs of an import: reading a file for review, and letting it into the book."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import ExternalAccount, HouseholdMember
from common.audit import audit_record, event_record
from common.errors import DomainError
from common.identifiers import uuid7
from common.transactions import write_transaction
from portfolios.engine.file_kinds import FileKind
from portfolios.engine.records import AccountStatement, ParsedTransaction, Statement
from portfolios.models import ImportRow, ImportRun, Instrument, Portfolio, Price, StatedBalance
from portfolios.selectors.imports import target_portfolios
from portfolios.services.book import book_derive
from portfolios.services.checks import balances_check
from portfolios.services.import_openings import OPENING_SOURCE, days_of, stated_positions
from portfolios.services.import_plans import AccountPlan, account_plan, all_facts
from portfolios.services.import_reading import Report, silent, statement_read
from portfolios.services.import_rows import import_rows_write
from portfolios.services.imports import import_fail
from portfolios.services.instruments import InstrumentResolver
from portfolios.services.ledger import household_lock, transaction_reverse, transactions_record
from portfolios.services.portfolios import portfolio_link
from portfolios.services.prices import NewPrice, prices_record
from portfolios.services.valuations import valuations_refresh

State = ImportRun.State
PROVIDERS = {FileKind.FLEX: "Interactive Brokers", FileKind.CSV: "CSV"}
# What the review lists of the openings that it offers.
OPENINGS_SHOWN = 200


class ImportStopped(Exception):
    """Somebody cancelled the run while it was at work: everything it wrote is taken back."""


def import_read(
    *,
    run_id: UUID,
    report: Report = silent,
    statement: Statement | None = None,
    lists_rows: bool = True,
) -> ImportRun:
    """Read the file of a run and work out what it would do, for the person to review.

    A CSV file without a mapping waits for one. A file that cannot be read fails the run with the reason.
    Safe to run again. A caller who has read the file gives its `statement`; one who commits at once lists no
    rows.
    """
    run = ImportRun.objects.get(pk=run_id)
    if run.state not in {State.UPLOADED, State.READING}:
        return run
    if run.source == FileKind.CSV and run.mapping is None:
        _advance(run, State.MAPPING)
        return ImportRun.objects.get(pk=run_id)
    _advance(run, State.READING, started_at=timezone.now())
    try:
        statement = statement or statement_read(run=run, report=report)
        report("comparing", 0, 0)
        _review(run_id, statement, lists_rows=lists_rows)
    except ImportStopped:
        pass
    except DomainError as refusal:
        import_fail(run_id=run_id, reason=_refusal_words(run, refusal))
    return ImportRun.objects.get(pk=run_id)


def import_commit(*, run_id: UUID, report: Report = silent, statement: Statement | None = None) -> ImportRun:
    """Let the file of a confirmed run into the book: all of its good rows, or nothing.

    Afterwards the book is compared with what the statement says is there, and accounts are valued again.
    Safe to run again: a run that is over is left alone. A caller who has read the file gives its `statement`.
    """
    run = ImportRun.objects.get(pk=run_id)
    if run.state != State.IMPORTING:
        return run
    try:
        statement = statement or statement_read(run=run, report=report)
        _commit(run_id, statement, report)
    except ImportStopped:
        return ImportRun.objects.get(pk=run_id)
    except DomainError as refusal:
        import_fail(run_id=run_id, reason=_refusal_words(run, refusal))
        return ImportRun.objects.get(pk=run_id)
    report("valuing", 0, 0)
    valuations_refresh(household_id=run.household_id)
    return ImportRun.objects.get(pk=run_id)


@write_transaction
def import_rehearse(*, run: ImportRun, statement: Statement) -> list[AccountPlan]:
    """What each account of the file would add, without leaving a trace in the book.

    An account whose portfolio is not decided is rehearsed against a new one.
    """
    household_lock(run.household_id)
    with transaction.atomic():
        plans = [
            account_plan(
                portfolio=_portfolio_for(run, account) or _stand_in(run, account),
                statement=account,
                source=run.source,
            )
            for account in statement.accounts
            if not _is_left_out(run, account)
        ]
        transaction.set_rollback(True)
    return plans


@write_transaction
def _review(run_id: UUID, statement: Statement, *, lists_rows: bool) -> None:
    run = ImportRun.objects.get(pk=run_id)
    is_first = not run.accounts
    run.account_map = _remembered(run, statement) | run.account_map
    plans = import_rehearse(run=run, statement=statement)
    counts: Counter[str] = Counter()
    if lists_rows:
        counts = import_rows_write(run=run, statement=statement, plans=plans)
    adopts = _adopts_by_default(plans) if is_first else run.adopts_openings
    _finish(
        run,
        {State.READING},
        State.REVIEW,
        **_count_fields(counts),
        accounts=[_account_summary(account, plans) for account in statement.accounts],
        account_map=run.account_map,
        adopts_openings=adopts,
    )
    event_record(
        topic="import.review", household_id=run.household_id, payload={"run": str(run.pk), "state": "review"}
    )


@write_transaction
def _commit(run_id: UUID, statement: Statement, report: Report) -> None:
    run = ImportRun.objects.get(pk=run_id)
    household_lock(run.household_id)
    targets = {account.account: _portfolio_for(run, account) for account in statement.accounts}
    plans: list[AccountPlan] = []
    touched: set[UUID] = set()
    is_changed = False
    for account in statement.accounts:
        portfolio = targets[account.account]
        if portfolio is None:
            continue
        _stop_if_cancelled(run_id)
        report("recording", len(plans), sum(1 for target in targets.values() if target))
        plan = account_plan(portfolio=portfolio, statement=account, source=run.source)
        recorded, changes = _record(run, plan)
        touched |= changes
        is_changed = is_changed or recorded
        plans.append(plan)
    _stop_if_cancelled(run_id)
    report("deriving", 0, 0)
    if is_changed:
        # Rows without an instrument touch none, but they still change cash, which is derived with any part.
        book_derive(household_id=run.household_id, instrument_ids=touched)
    _stop_if_cancelled(run_id)
    report("checking", 0, 0)
    balances_check(household_id=run.household_id)
    counts = import_rows_write(run=run, statement=statement, plans=plans)
    portfolios = [plan.portfolio for plan in plans]
    _finish(
        run,
        {State.IMPORTING},
        State.DONE,
        **_count_fields(counts),
        portfolio=portfolios[0] if len(portfolios) == 1 else run.portfolio,
        accounts=[_account_summary(account, plans) for account in statement.accounts],
        finished_at=timezone.now(),
    )
    detail = {"new": counts[ImportRow.Status.NEW], "known": counts[ImportRow.Status.KNOWN]}
    audit_record(actor_id=run.created_by_id, action="import.done", subject=run, detail=detail)
    event_record(
        topic="import.done",
        household_id=run.household_id,
        payload={"run": str(run.pk), "state": "done", **detail},
    )


def _record(run: ImportRun, plan: AccountPlan) -> tuple[bool, set[UUID]]:
    """Write one account's rows; whether there were any, and whose lots must be derived again."""
    touched: set[UUID] = set()
    count = 0
    common: dict[str, Any] = {"import_run_id": run.pk, "actor_id": run.created_by_id}
    if run.adopts_openings:
        for opening in plan.replaced:
            transaction_reverse(
                transaction=opening,
                reason="Replaced: an import tells what came before this opening position.",
                actor_id=run.created_by_id,
            )
            if opening.instrument_id is not None:
                touched.add(opening.instrument_id)
        count += len(plan.replaced)
        openings = transactions_record(
            portfolio=plan.portfolio, parsed=plan.all_openings, source=OPENING_SOURCE, **common
        )
        touched |= openings.instruments
        count += openings.new
    rows = transactions_record(portfolio=plan.portfolio, parsed=plan.rows, source=run.source, **common)
    touched |= rows.instruments
    portfolio_link(
        portfolio=plan.portfolio,
        provider=PROVIDERS[FileKind(run.source)],
        account_number=plan.statement.account,
    )
    _write_stated(run, plan)
    return bool(count + rows.new), touched


def _write_stated(run: ImportRun, plan: AccountPlan) -> None:
    """Keep what the statement says is there, and the closes and rates that it mentions."""
    statement = plan.statement
    resolver = InstrumentResolver(plan.portfolio.household_id)
    positions = stated_positions(statement)
    resolver.create_missing(all_facts(statement))
    rows = [
        StatedBalance(
            day=position.day,
            instrument=resolver.resolve(position.instrument),
            currency=position.currency,
            quantity=position.quantity,
            cost=position.cost,
            line=position.line,
        )
        for position in positions
    ]
    # For cash the column of the cost holds what the statement began with.
    rows += [
        StatedBalance(
            day=cash.day, currency=cash.currency, quantity=cash.end, cost=cash.start, line=cash.line
        )
        for cash in statement.cash
    ]
    _replace_stated(run, plan.portfolio, rows)
    _write_prices(plan, resolver)


def _replace_stated(run: ImportRun, portfolio: Portfolio, rows: Sequence[StatedBalance]) -> None:
    """The latest word on a day replaces an older one, for positions and for cash apart."""
    unique: dict[tuple[Any, ...], StatedBalance] = {}
    for row in rows:
        row.portfolio, row.import_run = portfolio, run
        unique[row.day, row.instrument_id, row.currency] = row
    for is_cash in (False, True):
        days = {row.day for row in unique.values() if (row.instrument_id is None) is is_cash}
        StatedBalance.objects.filter(portfolio=portfolio, day__in=days, instrument__isnull=is_cash).delete()
    StatedBalance.objects.bulk_create(unique.values(), batch_size=1000)


def _write_prices(plan: AccountPlan, resolver: InstrumentResolver) -> None:
    """Record closes of the household's own instruments on days that have none.

    A file never changes the prices of instruments that all households share.
    """
    prices: dict[tuple[UUID, Any], NewPrice] = {}
    quotes = [
        (position.instrument, position.day, position.price, position.currency)
        for position in stated_positions(plan.statement)
    ]
    quotes += [(price.instrument, price.day, price.close, price.currency) for price in plan.statement.prices]
    for facts, day, close, currency in quotes:
        instrument = resolver.resolve(facts)
        if close is not None and close > 0 and _is_own(instrument):
            prices[instrument.pk, day] = NewPrice(
                instrument_id=instrument.pk, day=day, close=close, currency=currency
            )
    known = set(
        Price.objects.filter(
            instrument_id__in={pk for pk, _ in prices}, day__in={day for _, day in prices}
        ).values_list("instrument_id", "day")
    )
    prices_record(prices=[price for key, price in prices.items() if key not in known], source="statement")


def _is_own(instrument: Instrument) -> bool:
    return instrument.household_id is not None


def _is_left_out(run: ImportRun, account: AccountStatement) -> bool:
    return account.account in run.account_map and run.account_map[account.account] is None


def _portfolio_for(run: ImportRun, account: AccountStatement) -> Portfolio | None:
    """The portfolio that an account goes into, if the person who started the run may still record there."""
    chosen = run.account_map.get(account.account)
    if not chosen:
        return None
    portfolio = target_portfolios(run.created_by, run.household_id).filter(pk=chosen).first()
    if portfolio is None:
        raise DomainError(
            "A portfolio that was chosen for this file is closed, or no longer yours to record into.",
            code="portfolio-gone",
        )
    return portfolio


def _stand_in(run: ImportRun, account: AccountStatement) -> Portfolio:
    """A portfolio for the rehearsal of an account that is to get one of its own; it is rolled back."""
    holder = HouseholdMember.objects.filter(household_id=run.household_id).earliest("created_at")
    return Portfolio.objects.create(
        household_id=run.household_id,
        holder=holder,
        name=f"rehearsal {uuid7()}",
        base_currency=account.base_currency or "USD",
    )


def _remembered(run: ImportRun, statement: Statement) -> dict[str, str | None]:
    """Where accounts of earlier files went; else the portfolio chosen at the upload, when there is no doubt.

    There is doubt when a file has several accounts, or when that portfolio mirrors another account.
    """
    links = dict(
        ExternalAccount.objects.filter(
            household_id=run.household_id,
            provider=PROVIDERS[FileKind(run.source)],
            account_number__in=[account.account for account in statement.accounts],
            portfolio__in=target_portfolios(run.created_by, run.household_id),
        ).values_list("account_number", "portfolio")
    )
    found: dict[str, str | None] = {number: str(portfolio) for number, portfolio in links.items()}
    if run.portfolio is None or len(statement.accounts) != 1:
        return found
    number = statement.accounts[0].account
    link = run.portfolio.external_account
    if number not in found and (not number or link is None or link.account_number == number):
        found[number] = str(run.portfolio.pk)
    return found


def _adopts_by_default(plans: Iterable[AccountPlan]) -> bool:
    """Openings are offered by default where the book knows nothing earlier, or holds openings to replace."""
    offers = [plan for plan in plans if plan.all_openings]
    return bool(offers) and all(plan.replaced or not plan.has_history for plan in offers)


def _account_summary(account: AccountStatement, plans: Iterable[AccountPlan]) -> dict[str, Any]:
    """What the review says about one account: plain values, kept with the run."""
    days = days_of(account)
    plan = next((plan for plan in plans if plan.statement.account == account.account), None)
    summary: dict[str, Any] = {
        "number": account.account,
        "currency": account.base_currency,
        "first_day": days.first.isoformat() if days else "",
        "last_day": days.last.isoformat() if days else "",
        "transactions": len(account.transactions),
        "positions": len(stated_positions(account)),
        "new": 0,
        "known": 0,
        "openings": [],
        "opening_count": 0,
        "opening_cash": [],
        "withheld": [],
        "has_history": False,
        "replaces": "",
    }
    if plan is not None:
        summary |= {
            "new": len(plan.rows),
            "known": len(plan.known),
            "openings": [_opening_summary(row) for row in plan.openings[:OPENINGS_SHOWN]],
            "opening_count": len(plan.openings),
            "opening_cash": [
                {"currency": row.currency, "amount": f"{row.amount:f}"} for row in plan.opening_cash
            ],
            "withheld": [
                row.instrument.symbol if row.instrument else f"{row.currency} cash" for row in plan.withheld
            ],
            "has_history": plan.has_history,
            "replaces": max(row.trade_date for row in plan.replaced).isoformat() if plan.replaced else "",
        }
    return summary


def _opening_summary(row: ParsedTransaction) -> dict[str, Any]:
    return {
        "symbol": row.instrument.symbol if row.instrument else "",
        "quantity": f"{row.quantity:f}",
        "currency": row.currency,
        "cost": _plain(row.cost),
        "day": row.trade_date.isoformat(),
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _count_fields(counts: Counter[str]) -> dict[str, int]:
    return {
        "rows_total": counts.total(),
        "rows_new": counts[ImportRow.Status.NEW],
        "rows_known": counts[ImportRow.Status.KNOWN],
        "rows_ignored": counts[ImportRow.Status.IGNORED],
        "rows_left_out": counts[ImportRow.Status.LEFT_OUT],
        "rows_wrong": counts[ImportRow.Status.WRONG],
    }


def _advance(run: ImportRun, state: State, **changes: Any) -> None:
    ImportRun.objects.filter(pk=run.pk, state=run.state).update(
        state=state, updated_at=timezone.now(), **changes
    )


def _finish(run: ImportRun, states: set[State], state: State, **changes: Any) -> None:
    """Move the run on, unless somebody stopped it meanwhile: then all of this transaction is taken back."""
    moved = ImportRun.objects.filter(pk=run.pk, state__in=states).update(
        state=state, error="", updated_at=timezone.now(), **changes
    )
    if not moved:
        raise ImportStopped


def _stop_if_cancelled(run_id: UUID) -> None:
    if not ImportRun.objects.filter(pk=run_id, state=State.IMPORTING).exists():
        raise ImportStopped


def _refusal_words(run: ImportRun, refusal: DomainError) -> str:
    """The reason of a refusal, with the name of the file before it."""
    return f"{run.file_name}: {refusal.detail}"
