"""The import wizard: upload, columns, review, confirmation, and what became of each row."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.csv_downloads import csv_response
from common.errors import DomainError
from common.htmx import page_or_part, redirect_after_post
from portfolios.engine.statements.csv_mapping import CsvMapping
from portfolios.engine.statements.csv_sketch import CsvSketch
from portfolios.forms.imports import LEAVE_OUT, NEW, AccountForm, MappingForm, UploadForm
from portfolios.models import ImportRow, ImportRun
from portfolios.selectors.imports import (
    earlier_import,
    import_progress,
    import_run_edit,
    import_run_get,
    import_run_list,
    mapping_list,
    may_open_portfolio,
    row_counts,
    row_list,
    target_portfolios,
)
from portfolios.services.import_reading import column_values, sketch_read
from portfolios.services.imports import (
    AccountChoice,
    NewPortfolio,
    import_assign,
    import_cancel,
    import_confirm,
    import_fail,
    import_map,
    import_remap,
    import_upload,
)
from portfolios.services.mappings import header_fingerprint
from portfolios.tasks import enqueue_commit, enqueue_reading
from portfolios.views.scopes import person_of

State = ImportRun.State
AT_WORK = (State.UPLOADED, State.READING, State.IMPORTING)
# Ends the polling of htmx.
STOP_POLLING = 286
RUNS_ON_A_PAGE = 25
ROWS_ON_A_PAGE = 50
LONGEST_OFFSET = 9  # digits; no file has more rows
STEPS = (
    ("upload", "Upload"),
    ("mapping", "Columns"),
    ("review", "Review"),
    ("confirm", "Import"),
)
STAGES = {
    "reading": "Reading the file",
    "comparing": "Comparing it with the book",
    "recording": "Recording transactions",
    "deriving": "Deriving lots and gains",
    "checking": "Comparing the book with the statement",
    "valuing": "Valuing the accounts",
}


@require_GET
@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    """Every import that the person may see, newest first."""
    start = _offset(request.GET.get("cursor"))
    runs = list(import_run_list(person_of(request))[start : start + RUNS_ON_A_PAGE + 1])
    context = {
        "runs": runs[:RUNS_ON_A_PAGE],
        "previous": str(max(start - RUNS_ON_A_PAGE, 0)) if start else None,
        "following": str(start + RUNS_ON_A_PAGE) if len(runs) > RUNS_ON_A_PAGE else None,
    }
    return render(request, "portfolios/import_list.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def import_new(request: HttpRequest) -> HttpResponse:
    """The upload: one file, and the portfolio it belongs to when that is known."""
    portfolios = target_portfolios(person_of(request))
    sent = request.method == "POST"
    form = UploadForm(request.POST if sent else None, request.FILES if sent else None, portfolios=portfolios)
    if sent and form.is_valid():
        upload = form.cleaned_data["statement"]
        try:
            run = import_upload(
                user=person_of(request), file=upload, file_name=upload.name, portfolio_id=form.portfolio_id
            )
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
        else:
            transaction.on_commit(lambda: enqueue_reading(run.pk))
            return redirect_after_post(request, _address(run))
    context = {"form": form, "steps": _steps("upload")}
    return render(request, "portfolios/import_new.html", context, status=_form_status(request))


@require_GET
@login_required
def import_detail(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Where a run stands: its progress, the question it waits with, or what it did."""
    run = import_run_get(person_of(request), run_id)
    if run.state == State.MAPPING:
        return redirect("portfolios:import_mapping", run.pk)
    if run.state == State.REVIEW:
        return redirect("portfolios:import_review", run.pk)
    context = _run_context(request, run) | {"steps": _steps("confirm" if run.is_final else "upload")}
    return render(request, "portfolios/import_detail.html", context)


@require_GET
@login_required
def import_progress_part(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The progress alone; once there is something to look at, the polling ends and the page moves on."""
    run = import_run_get(person_of(request), run_id)
    response = render(request, "portfolios/import_detail.html#progress", _run_context(request, run))
    if run.state not in AT_WORK:
        response.status_code = STOP_POLLING
        response["HX-Redirect"] = _address(run)
    return response


@require_http_methods(["GET", "POST"])
@login_required
def import_mapping(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The meaning of the columns of a CSV file, with a proposal to correct."""
    run = import_run_edit(person_of(request), run_id)
    if run.state != State.MAPPING:
        return redirect("portfolios:import_detail", run.pk)
    try:
        sketch = sketch_read(run=run)
    except DomainError as refusal:
        import_fail(run_id=run.pk, reason=f"{run.file_name}: {refusal.detail}")
        return redirect("portfolios:import_detail", run.pk)
    saved = mapping_list(run.household_id, header_fingerprint(sketch.headers))
    mapping = _mapping_to_start_from(request, run, sketch, saved)
    form = _mapping_form(request, run, sketch, mapping)
    if request.method == "POST" and "look_again" not in request.POST and form.is_valid():
        try:
            import_map(
                user=person_of(request),
                run=run,
                mapping=form.chosen_mapping(),
                header=header_fingerprint(sketch.headers),
                save_as=form.cleaned_data["save_as"],
            )
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
        else:
            transaction.on_commit(lambda: enqueue_reading(run.pk))
            return redirect_after_post(request, _address(run))
    context = {
        "run": run,
        "form": form,
        "sketch": sketch,
        "saved": saved,
        "steps": _steps("mapping"),
    }
    return render(request, "portfolios/import_mapping.html", context, status=_form_status(request))


@require_http_methods(["GET", "POST"])
@login_required
def import_review(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What the file would do, and where its accounts go; a POST looks again with other answers."""
    run = import_run_edit(person_of(request), run_id)
    if run.state != State.REVIEW:
        return redirect("portfolios:import_detail", run.pk)
    forms = _account_forms(request, run)
    if request.method == "POST":
        choices = [_choice(form) for form in forms if form.is_valid()]
        try:
            import_assign(
                user=person_of(request), run=run, choices=choices, adopts_openings=_adopts(request, run)
            )
        except DomainError as refusal:
            return _review_page(request, run, forms, refusal.detail)
        transaction.on_commit(lambda: enqueue_reading(run.pk))
        return redirect_after_post(request, _address(run))
    return _review_page(request, run, forms)


@require_POST
@login_required
def import_confirm_view(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Let the file into the book."""
    run = import_run_edit(person_of(request), run_id)
    if run.state != State.REVIEW:
        return redirect_after_post(request, _address(run))
    forms = _account_forms(request, run)
    # Every form is looked at, so that all errors are told at once.
    if False in [form.is_valid() for form in forms]:
        return _review_page(request, run, forms)
    try:
        import_confirm(
            user=person_of(request),
            run=run,
            choices=[_choice(form) for form in forms],
            adopts_openings=_adopts(request, run),
        )
    except DomainError as refusal:
        return _review_page(request, run, forms, refusal.detail)
    transaction.on_commit(lambda: enqueue_commit(run.pk))
    return redirect_after_post(request, _address(run))


@require_POST
@login_required
def import_remap_view(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Back from the review to the columns."""
    run = import_remap(run=import_run_edit(person_of(request), run_id))
    return redirect_after_post(request, _address(run))


@require_POST
@login_required
def import_cancel_view(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Give the run up."""
    run = import_cancel(user=person_of(request), run=import_run_edit(person_of(request), run_id))
    return redirect_after_post(request, _address(run))


@require_GET
@login_required
def import_rows(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The rows of a run, all or those of one fate, by pages."""
    run = import_run_get(person_of(request), run_id)
    return page_or_part(
        request,
        "portfolios/import_rows.html",
        {"run": run, "is_waiting": run.state == State.REVIEW} | _rows_context(request, run),
        part="rows",
    )


@require_GET
@login_required
def import_rows_csv(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """The same rows as a CSV file, its first line naming what it holds."""
    run = import_run_get(person_of(request), run_id)
    status = _status(request)
    return csv_response(
        "import-rows",
        about=[run.file_name, ImportRow.Status(status).label if status else "all rows"],
        now=timezone.now(),
        header=["line", "section", "account", "status", "field", "reason", "what", "source_row"],
        rows=(
            [row.line, row.section, row.account, row.status, row.field, row.reason, row.summary, _source(row)]
            for row in row_list(run, status).iterator(chunk_size=2000)
        ),
    )


def _source(row: ImportRow) -> str:
    return "; ".join(f"{name}={value}" for name, value in row.row.items() if value)


def _run_context(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    context: dict[str, Any] = {"run": run, "at_work": run.state in AT_WORK}
    if context["at_work"]:
        progress = import_progress(run.pk)
        words = "Waiting for a worker" if run.state == State.UPLOADED else "Starting"
        if progress is not None:
            words = STAGES.get(progress.stage, progress.stage)
        return context | {
            "words": words,
            "done": progress.done if progress else 0,
            "total": progress.total if progress and progress.total else None,
        }
    if run.state == State.DONE:
        context |= _rows_context(request, run, is_summary=True)
        context["read"] = run.rows_new + run.rows_known
    return context


def _rows_context(request: HttpRequest, run: ImportRun, *, is_summary: bool = False) -> dict[str, Any]:
    """One page of rows, and how many there are of each fate; a summary begins with the new ones."""
    counts = row_counts(run)
    status = ImportRow.Status.NEW.value if is_summary and counts[ImportRow.Status.NEW] else _status(request)
    start = _offset(request.GET.get("cursor"))
    rows = list(row_list(run, status)[start : start + ROWS_ON_A_PAGE + 1])
    return {
        "rows": rows[:ROWS_ON_A_PAGE],
        "status": status,
        "tabs": _tabs(counts),
        "total_rows": counts[status] if status else sum(counts.values()),
        "first_row": start + 1,
        "last_row": start + min(len(rows), ROWS_ON_A_PAGE),
        "previous": str(max(start - ROWS_ON_A_PAGE, 0)) if start else None,
        "following": str(start + ROWS_ON_A_PAGE) if len(rows) > ROWS_ON_A_PAGE else None,
    }


def _tabs(counts: dict[str, int]) -> list[tuple[str, str]]:
    """Fates that some row has, with their number."""
    total = sum(counts.values())
    tabs = [("all", f"All {total:,}")]
    return tabs + [
        (status.value, f"{status.label} {counts[status.value]:,}")
        for status in ImportRow.Status
        if counts[status.value]
    ]


def _status(request: HttpRequest) -> str:
    status = request.GET.get("status", "")
    return status if status in ImportRow.Status.values else ""


def _review_page(
    request: HttpRequest, run: ImportRun, forms: Sequence[AccountForm], refusal: str = ""
) -> HttpResponse:
    openings = sum(account["opening_count"] for account in run.accounts)
    balances = sum(len(account["opening_cash"]) for account in run.accounts)
    context = {
        "run": run,
        "forms": forms,
        "refusal": refusal,
        "errors": [error for form in forms if form.is_bound for error in _errors(form)],
        "twin": earlier_import(run),
        "openings": openings,
        "balances": balances,
        "without_cost": sum(
            1 for account in run.accounts for opening in account["openings"] if opening["cost"] is None
        ),
        "withheld": [name for account in run.accounts for name in account.get("withheld", ())],
        "has_history": any(account["has_history"] for account in run.accounts),
        "replaces": max((account["replaces"] for account in run.accounts), default=""),
        "adopts": _adopts(request, run) if request.method == "POST" else run.adopts_openings,
        "problems": row_list(run, ImportRow.Status.WRONG)[:20],
        "read": run.rows_new + run.rows_known,
        "steps": _steps("review"),
    } | _rows_context(request, run, is_summary=True)
    status = 422 if request.method == "POST" else 200
    return render(request, "portfolios/import_review.html", context, status=status)


def _errors(form: AccountForm) -> list[tuple[str, str]]:
    """The errors of one account's form with the fields they belong to."""
    return [
        (str(form[name].id_for_label) if name != "__all__" else "", str(error))
        for name, errors in form.errors.items()
        for error in errors
    ]


def _account_forms(request: HttpRequest, run: ImportRun) -> list[AccountForm]:
    portfolios = list(target_portfolios(person_of(request), run.household_id))
    may_open = may_open_portfolio(person_of(request), run.household_id)
    return [
        AccountForm(
            request.POST if request.method == "POST" else None,
            prefix=f"account_{number}",
            initial=_account_initial(run, account, may_open=may_open),
            account=account,
            portfolios=portfolios,
            may_open=may_open,
        )
        for number, account in enumerate(run.accounts)
    ]


def _account_initial(run: ImportRun, account: dict[str, Any], *, may_open: bool) -> dict[str, Any]:
    number = account["number"]
    target = run.account_map.get(number, "")
    if number in run.account_map and target is None:
        target = LEAVE_OUT
    elif not target and may_open:
        target = NEW
    broker = "Interactive Brokers" if run.source == "flex" else "Account"
    return {
        "target": target,
        "name": f"{broker} {number[-4:]}".strip(),
        "kind": "taxable",
        "base_currency": account["currency"] or "USD",
    }


def _choice(form: AccountForm) -> AccountChoice:
    number, values = form.account["number"], form.cleaned_data
    if values["target"] == NEW:
        new = NewPortfolio(
            name=values["name"],
            kind=values["kind"] or "taxable",
            base_currency=values["base_currency"].strip().upper(),
        )
        return AccountChoice(number=number, new=new)
    if values["target"] == LEAVE_OUT:
        return AccountChoice(number=number)
    return AccountChoice(number=number, portfolio_id=UUID(values["target"]))


def _adopts(request: HttpRequest, run: ImportRun) -> bool:
    answer = request.POST.get("openings")
    return run.adopts_openings if answer is None else answer == "add"


def _mapping_to_start_from(
    request: HttpRequest, run: ImportRun, sketch: CsvSketch, saved: Sequence[Any]
) -> CsvMapping:
    """The saved mapping that was asked for, the one that the run has, or what the header proposes."""
    chosen = request.GET.get("mapping", "")
    stored = next((mapping.mapping for mapping in saved if str(mapping.pk) == chosen), run.mapping)
    if stored is None:
        return sketch.mapping
    try:
        return CsvMapping.from_json(stored)
    except DomainError:
        return sketch.mapping


def _mapping_form(
    request: HttpRequest, run: ImportRun, sketch: CsvSketch, mapping: CsvMapping
) -> MappingForm:
    """The form, asking for the values of the column that is (now) said to hold the kind."""
    header = mapping.columns.get("kind", "")
    if request.method == "POST":
        chosen = [name for name, value in request.POST.items() if value == "kind"]
        index = chosen[0].removeprefix("column_") if chosen else ""
        if index.isdecimal() and int(index) < len(sketch.headers):
            header = sketch.headers[int(index)]
    kinds = column_values(run=run, sketch=sketch, header=header)
    data = request.POST if request.method == "POST" else None
    return MappingForm(data, sketch=sketch, mapping=mapping, kinds=kinds)


def _steps(current: str) -> list[dict[str, Any]]:
    """The steps of the wizard, with which are done and which is now."""
    names = [name for name, _ in STEPS]
    place = names.index(current)
    return [
        {"label": label, "is_done": number < place, "is_now": number == place}
        for number, (_, label) in enumerate(STEPS)
    ]


def _address(run: ImportRun) -> str:
    return reverse("portfolios:import_detail", args=[run.pk])


def _form_status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


def _offset(cursor: str | None) -> int:
    return int(cursor) if cursor and cursor.isdecimal() and len(cursor) < LONGEST_OFFSET else 0
