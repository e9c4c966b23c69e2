"""Importing a file in one go, without a review: what the command line does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.files.base import File

from accounts.models import User
from accounts.selectors.households import membership_of
from accounts.services.households import household_create_for
from common.errors import InvalidInput, NotFound
from portfolios.engine.file_kinds import FileKind
from portfolios.engine.statements.csv_formats import DateFormat
from portfolios.engine.statements.csv_mapping import CsvMapping
from portfolios.models import ColumnMapping, Finding, ImportRun, Portfolio
from portfolios.selectors.imports import mapping_list, target_portfolios
from portfolios.services.checks import CHECKED
from portfolios.services.import_jobs import import_commit, import_read
from portfolios.services.import_reading import Report, silent, sketch_read, statement_read
from portfolios.services.imports import (
    AccountChoice,
    NewPortfolio,
    import_assign,
    import_cancel,
    import_confirm,
    import_fail,
    import_upload,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectImport:
    """What became of a file: the run, the portfolios opened for it, what differs from the statement now."""

    run: ImportRun
    opened: tuple[str, ...]
    findings: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    is_rehearsal: bool = False


def import_direct(
    *,
    file: File[bytes],
    file_name: str,
    owner_email: str,
    portfolio_name: str,
    mapping_name: str = "",
    date_format: str = "",
    adopts_openings: bool = False,
    is_rehearsal: bool = False,
    report: Report | None = None,
) -> DirectImport:
    """Import `file` into the portfolio of that name in the owner's household; it is opened when missing.

    The columns of a CSV file are those of the saved mapping named, or else those its header proposes; dates
    that can be read in two ways are then refused unless `date_format` says which.
    Raises DomainError, with the reason, when nothing could be imported; the book is then as it was.
    """
    listener = report or silent
    user = _owner(owner_email)
    run = import_upload(user=user, file=file, file_name=file_name)
    try:
        if run.source == FileKind.CSV:
            _give_mapping(run, mapping_name, date_format)
        statement = statement_read(run=run, report=listener)
        run = import_read(run_id=run.pk, report=listener, statement=statement, lists_rows=is_rehearsal)
        _raise_if_failed(run)
        choices = _choices(user, run, portfolio_name)
        warnings = _warnings(run, choices)
        if is_rehearsal:
            return _rehearsed(user, run, choices, adopts_openings=adopts_openings)
        import_confirm(user=user, run=run, choices=choices, adopts_openings=adopts_openings)
        run = import_commit(run_id=run.pk, report=listener, statement=statement)
        _raise_if_failed(run)
    except Exception as error:
        import_fail(run_id=run.pk, reason=f"{run.file_name}: {str(error).removeprefix(f'{run.file_name}: ')}")
        raise
    return DirectImport(run=run, opened=_new_names(choices), findings=_findings(run), warnings=warnings)


def _owner(email: str) -> User:
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise NotFound(f"There is no active user with the address {email}.", code="not-found")
    if membership_of(user) is None:
        household_create_for(user=user)
    return user


def _give_mapping(run: ImportRun, name: str, date_format: str) -> None:
    """The saved mapping of that name, or what the header of the file proposes."""
    if name:
        saved = ColumnMapping.objects.filter(household_id=run.household_id, name=name).first()
        if saved is None:
            names = ", ".join(mapping.name for mapping in mapping_list(run.household_id)) or "none"
            raise NotFound(f"There is no saved mapping named “{name}” (saved: {names}).", code="not-found")
        run.mapping = saved.mapping
    else:
        run.mapping = _proposed_mapping(run, date_format).to_json()
    run.save(update_fields=["mapping", "updated_at"])


def _proposed_mapping(run: ImportRun, date_format: str) -> CsvMapping:
    sketch = sketch_read(run=run)
    mapping = sketch.mapping
    if date_format:
        if date_format not in set(DateFormat):
            known = ", ".join(form.value for form in DateFormat)
            raise InvalidInput(f"“{date_format}” is not a format of dates ({known}).", code="date-format")
        mapping = replace(mapping, date_format=DateFormat(date_format))
    elif len(sketch.date_formats) > 1:
        forms = " or ".join(form.value for form in sketch.date_formats)
        raise InvalidInput(
            f"The dates of this file can be read as {forms}. Say which with --date-format.",
            code="date-format",
        )
    if not mapping.currency and "currency" not in mapping.columns:
        mapping = replace(mapping, currency="USD")
    return mapping


def _raise_if_failed(run: ImportRun) -> None:
    if run.state == ImportRun.State.FAILED:
        raise InvalidInput(run.error, code="import-failed")


def _choices(user: User, run: ImportRun, name: str) -> list[AccountChoice]:
    """The only account of a file goes into the portfolio named.

    Of several, each goes where it went before; the first other one goes into the portfolio named, and the
    rest into portfolios named after it and their number.
    """
    portfolios = {portfolio.name: portfolio for portfolio in target_portfolios(user, run.household_id)}
    if len(run.accounts) == 1:
        return [_choice(run.accounts[0], name, portfolios)]
    remembered = {number: UUID(chosen) for number, chosen in run.account_map.items() if chosen}
    is_taken = name in portfolios and portfolios[name].pk in remembered.values()
    choices: list[AccountChoice] = []
    for account in run.accounts:
        number = account["number"]
        if number in remembered:
            choices.append(AccountChoice(number=number, portfolio_id=remembered[number]))
        else:
            choices.append(_choice(account, f"{name} {number}" if is_taken else name, portfolios))
            is_taken = True
    return choices


def _choice(account: dict[str, Any], name: str, portfolios: dict[str, Portfolio]) -> AccountChoice:
    if name in portfolios:
        return AccountChoice(number=account["number"], portfolio_id=portfolios[name].pk)
    new = NewPortfolio(name=name, kind=Portfolio.Kind.TAXABLE, base_currency=account["currency"] or "USD")
    return AccountChoice(number=account["number"], new=new)


def _warnings(run: ImportRun, choices: Sequence[AccountChoice]) -> tuple[str, ...]:
    """Accounts that go into another portfolio than they did before: the two are not compared."""
    words = []
    for choice in choices:
        before = run.account_map.get(choice.number)
        if before and (choice.portfolio_id is None or str(choice.portfolio_id) != before):
            other = Portfolio.objects.get(pk=before).name
            words.append(
                f"account {choice.number} was imported into “{other}” before: what is there counts too"
            )
    return tuple(words)


def _rehearsed(
    user: User, run: ImportRun, choices: Sequence[AccountChoice], *, adopts_openings: bool
) -> DirectImport:
    """What the review found, with the run closed again.

    The review compared with the remembered portfolios; where the one named is another, it is made again.
    """
    account_map = {choice.number: choice.portfolio_id and str(choice.portfolio_id) for choice in choices}
    decided = {number: chosen for number, chosen in account_map.items() if chosen}
    if decided != run.account_map:
        import_assign(
            user=user, run=run, choices=[c for c in choices if c.new is None], adopts_openings=False
        )
        run = import_read(run_id=run.pk)
    warnings = _warnings(run, choices)
    run = import_cancel(user=user, run=run)
    run.adopts_openings = adopts_openings
    return DirectImport(
        run=run, opened=_new_names(choices), findings=(), warnings=warnings, is_rehearsal=True
    )


def _new_names(choices: Sequence[AccountChoice]) -> tuple[str, ...]:
    return tuple(choice.new.name for choice in choices if choice.new is not None)


def _findings(run: ImportRun) -> tuple[str, ...]:
    chosen = [portfolio for portfolio in run.account_map.values() if portfolio]
    rows = Finding.objects.filter(portfolio_id__in=chosen, kind__in=CHECKED).order_by("kind", "id")
    return tuple(rows.values_list("detail", flat=True))
