"""The forms of a tax year: what would stand on them, and each as a file."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from taxharvest.engine.boxes import CODE_MEANINGS
from taxharvest.engine.writers.files import CONTENT_TYPES, FileFormat, FormName, form_named, format_named
from taxharvest.selectors.form_files import form_download
from taxharvest.selectors.tax_facts import NO_PROFILE
from taxharvest.selectors.tax_years import tax_forms, tax_years
from taxharvest.views.scopes import household_scope_needed, query_of, today, year_reached

DOWNLOADS = (
    ("Form 8949", FormName.FORM_8949, tuple(FileFormat)),
    ("Schedule D", FormName.SCHEDULE_D, (FileFormat.CSV, FileFormat.JSON, FileFormat.PDF)),
    ("Form 1099-B, as the broker counts", FormName.FORM_1099B,
     (FileFormat.CSV, FileFormat.JSON, FileFormat.PDF)),
)  # fmt: skip


@login_required
@require_safe
def tax_forms_page(request: HttpRequest, year: int) -> HttpResponse:
    """Form 8949 by box, Schedule D with its worksheet, and the sales that are on neither."""
    scope = household_scope_needed(request)
    forms = tax_forms(request.user, scope, year_reached(year), today())
    context = {
        "scope": scope,
        "year": year,
        "years": tax_years(scope, today()),
        "forms": forms,
        "form": forms.form_8949,
        "schedule": forms.schedule_d,
        "sales": forms.told.sales,
        "codes": [(code, CODE_MEANINGS[code]) for code in forms.form_8949.codes],
        "downloads": [item for item in DOWNLOADS if forms.schedule_d or item[1] is not FormName.SCHEDULE_D],
        "may_tell": forms.reason != NO_PROFILE,
        "query": query_of(request),
    }
    return render(request, "taxharvest/forms.html", context)


@login_required
@require_safe
def tax_form_file(request: HttpRequest, year: int, form: str, file_format: str) -> HttpResponse:
    """One form as a download, which no cache may keep."""
    made = form_download(
        request.user,
        household_scope_needed(request),
        year=year_reached(year),
        form=form_named(form),
        file_format=format_named(file_format),
        today=today(),
    )
    response = HttpResponse(made.data, content_type=CONTENT_TYPES[format_named(file_format)])
    response["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response["Cache-Control"] = "private, no-store"
    return response
