"""A file on its way into the book: uploaded, its columns explained, its accounts assigned, confirmed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.utils import timezone

from accounts.models import HouseholdMember, User
from accounts.selectors.households import membership_of
from common.audit import audit_record, event_record
from common.errors import Conflict, InvalidInput, NotFound
from common.transactions import write_transaction
from portfolios.engine.file_kinds import HEAD, check_size, file_kind
from portfolios.engine.statements.csv_mapping import CsvMapping
from portfolios.models import ImportRun, Portfolio
from portfolios.selectors.imports import may_open_portfolio, target_portfolios
from portfolios.services.mappings import mapping_save
from portfolios.services.portfolios import portfolio_create

State = ImportRun.State
# A run can be given up as long as its rows are not in the book.
STOPPABLE = (State.UPLOADED, State.MAPPING, State.READING, State.REVIEW, State.IMPORTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPortfolio:
    """A portfolio to be opened for an account of a file."""

    name: str
    kind: str
    base_currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """Where one account of a file goes: into a portfolio, into a new one, or (neither) nowhere."""

    number: str
    portfolio_id: UUID | None = None
    new: NewPortfolio | None = None


@write_transaction
def import_upload(
    *, user: User, file: File[bytes], file_name: str, portfolio_id: UUID | None = None
) -> ImportRun:
    """Take a file in. Reading it is a job of its own: enqueue it for the run that is returned.

    Raises NotFound for a portfolio into which `user` may not record, and InvalidInput for a file that is
    too large, empty or of a kind that cannot be read, or when there is no household to import into.
    """
    portfolio = _target(user, portfolio_id)
    household_id = portfolio.household_id if portfolio else _own_household(user)
    size = file.size or 0
    check_size(size)
    digest = hashlib.sha256()
    head = b""
    for chunk in file.chunks():
        head = head or chunk[:HEAD]
        digest.update(chunk)
    kind = file_kind(head)
    run = ImportRun(
        household_id=household_id,
        portfolio=portfolio,
        created_by=user,
        source=kind.value,
        file_name=_shown_name(file_name),
        file_size=size,
        file_digest=digest.hexdigest(),
    )
    file.seek(0)
    # Stored under the run's own key: what a person called the file never reaches the file system.
    run.file.save(f"{run.pk}.{kind.value}", file, save=False)
    run.save(force_insert=True)
    audit_record(
        actor_id=user.pk,
        action="import.upload",
        subject=run,
        detail={"name": run.file_name, "size": size, "digest": run.file_digest},
    )
    return run


@write_transaction
def import_map(
    *, user: User, run: ImportRun, mapping: CsvMapping, header: str = "", save_as: str = ""
) -> ImportRun:
    """Say what the columns of a CSV file mean, and keep that under a name when one is given.

    Enqueue the reading again afterwards. Raises Conflict when the run is past that question.
    """
    _move(run, (State.MAPPING, State.REVIEW, State.UPLOADED), State.READING, mapping=mapping.to_json())
    if save_as.strip():
        mapping_save(
            household_id=run.household_id,
            name=save_as,
            header=header,
            mapping=mapping.to_json(),
            actor_id=user.pk,
        )
    return run


@write_transaction
def import_remap(*, run: ImportRun) -> ImportRun:
    """Go back from the review of a CSV file to the meaning of its columns."""
    _move(run, (State.REVIEW, State.MAPPING), State.MAPPING)
    return run


@write_transaction
def import_assign(
    *, user: User, run: ImportRun, choices: Sequence[AccountChoice], adopts_openings: bool
) -> ImportRun:
    """Say where the accounts of a file go, to see what it would add there; a new portfolio is not opened yet.

    Enqueue the reading again afterwards. Raises NotFound for a portfolio that is not the user's to record
    into, InvalidInput for two accounts in one portfolio, Conflict when the run is not in review.
    """
    account_map = {
        choice.number: _text(_chosen(user, run, choice.portfolio_id))
        for choice in choices
        if choice.new is None
    }
    _check_distinct(account_map)
    _move(run, (State.REVIEW,), State.READING, account_map=account_map, adopts_openings=adopts_openings)
    return run


@write_transaction
def import_confirm(
    *, user: User, run: ImportRun, choices: Sequence[AccountChoice], adopts_openings: bool
) -> ImportRun:
    """Let the file into the book: open the new portfolios and hand the run to the worker.

    Enqueue the commit afterwards. Raises as `import_assign` does, and InvalidInput when an account is
    undecided, all are left out, or a new portfolio cannot be opened.
    """
    decided = {choice.number for choice in choices}
    undecided = [str(account["number"]) for account in run.accounts if account["number"] not in decided]
    if undecided:
        raise _refused(f"Say where account {', '.join(undecided)} goes.", "accounts")
    account_map: dict[str, str | None] = {}
    for choice in choices:
        portfolio = (
            _open_portfolio(user, run, choice.new)
            if choice.new is not None
            else _chosen(user, run, choice.portfolio_id)
        )
        account_map[choice.number] = _text(portfolio)
    if not any(account_map.values()):
        raise _refused("Every account of this file is left out: there is nothing to import.", "accounts")
    _check_distinct(account_map)
    _move(run, (State.REVIEW,), State.IMPORTING, account_map=account_map, adopts_openings=adopts_openings)
    audit_record(
        actor_id=user.pk,
        action="import.confirm",
        subject=run,
        detail={"accounts": len(account_map), "adopts_openings": adopts_openings},
    )
    return run


@write_transaction
def import_cancel(*, user: User, run: ImportRun) -> ImportRun:
    """Give a run up; nothing of it is, or will be, in the book.

    A run that is just being imported stops at its next step and takes back what it wrote. Raises Conflict
    when it is over already.
    """
    _move(run, STOPPABLE, State.CANCELLED, finished_at=timezone.now())
    audit_record(actor_id=user.pk, action="import.cancel", subject=run, detail={})
    _tell(run)
    return run


@write_transaction
def import_fail(*, run_id: UUID, reason: str) -> None:
    """Note that a run could not be carried out, and why, in words for the person who started it."""
    changed = ImportRun.objects.filter(pk=run_id, state__in=STOPPABLE).update(
        state=State.FAILED, error=reason[:500], finished_at=timezone.now(), updated_at=timezone.now()
    )
    if changed:
        _tell(ImportRun.objects.get(pk=run_id))


def _target(user: User, portfolio_id: UUID | None) -> Portfolio | None:
    if portfolio_id is None:
        return None
    portfolio = target_portfolios(user).filter(pk=portfolio_id).first()
    if portfolio is None:
        raise NotFound("There is no such portfolio.", code="not-found")
    return portfolio


def _own_household(user: User) -> UUID:
    member = membership_of(user)
    if member is None:
        raise _refused("Choose the portfolio that this file belongs to.", "portfolio")
    return member.household_id


def _chosen(user: User, run: ImportRun, portfolio_id: UUID | None) -> Portfolio | None:
    if portfolio_id is None:
        return None
    portfolio = target_portfolios(user, run.household_id).filter(pk=portfolio_id).first()
    if portfolio is None:
        raise NotFound("There is no such portfolio.", code="not-found")
    return portfolio


def _open_portfolio(user: User, run: ImportRun, new: NewPortfolio) -> Portfolio:
    if not may_open_portfolio(user, run.household_id):
        raise _refused("Only members of the household open new portfolios in it.", "accounts")
    holder = (
        HouseholdMember.objects.filter(household_id=run.household_id, user=user).first()
        or HouseholdMember.objects.filter(household_id=run.household_id).order_by("created_at").first()
    )
    if holder is None:
        raise _refused("The household has nobody who could hold a portfolio.", "accounts")
    return portfolio_create(
        household_id=run.household_id,
        holder=holder,
        name=new.name,
        kind=new.kind,
        base_currency=new.base_currency,
        actor_id=user.pk,
    )


def _check_distinct(account_map: Mapping[str, str | None]) -> None:
    chosen = [portfolio for portfolio in account_map.values() if portfolio is not None]
    if len(chosen) != len(set(chosen)):
        raise _refused("Two accounts of a file cannot go into one portfolio.", "accounts")


def _move(run: ImportRun, states: Sequence[State], state: State, **changes: Any) -> None:
    """Change the state of `run` if it is in one of `states`, at once for everybody else. Else Conflict."""
    changes |= {"state": state, "updated_at": timezone.now()}
    if not ImportRun.objects.filter(pk=run.pk, state__in=states).update(**changes):
        now = ImportRun.objects.values_list("state", flat=True).get(pk=run.pk)
        raise Conflict(f"This import is “{State(now).label.lower()}” by now.", code="import-state")
    run.refresh_from_db()


def _tell(run: ImportRun) -> None:
    event_record(
        topic=f"import.{run.state}",
        household_id=run.household_id,
        payload={"run": str(run.pk), "state": run.state, "new": run.rows_new, "known": run.rows_known},
    )


def _text(portfolio: Portfolio | None) -> str | None:
    return None if portfolio is None else str(portfolio.pk)


def _shown_name(name: str) -> str:
    """What a person called the file, without folders and control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:200] or "statement"


def _refused(sentence: str, field: str) -> InvalidInput:
    return InvalidInput(detail=sentence, code="invalid-import", fields={field: [sentence]})
