"""The data-check page: what makes figures doubtful, how to mend it, and what somebody said is all right."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from common.htmx import redirect_after_post
from portfolios.forms.imports import DismissForm
from portfolios.models import Portfolio
from portfolios.selectors.imports import finding_get, finding_groups, ledger_is_empty
from portfolios.services.checks import finding_dismiss, finding_restore
from portfolios.views.scopes import person_of


@require_GET
@login_required
def data_check(request: HttpRequest) -> HttpResponse:
    """Every finding by severity, each with a fix; those that were dismissed stay listed."""
    return _page(request)


@require_POST
@login_required
def finding_dismiss_view(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Take somebody's word that a finding is all right."""
    finding = finding_get(person_of(request), finding_id)
    form = DismissForm(request.POST)
    if not form.is_valid():
        return _page(request, refused=finding.pk, form=form)
    finding_dismiss(finding=finding, reason=form.cleaned_data["reason"], actor_id=person_of(request).pk)
    return redirect_after_post(request, reverse("portfolios:data_check"))


@require_POST
@login_required
def finding_restore_view(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Let a dismissed finding count again."""
    finding_restore(finding=finding_get(person_of(request), finding_id), actor_id=person_of(request).pk)
    return redirect_after_post(request, reverse("portfolios:data_check"))


def _page(request: HttpRequest, refused: UUID | None = None, form: DismissForm | None = None) -> HttpResponse:
    groups, dismissed = finding_groups(person_of(request))
    editable = set(Portfolio.objects.editable_by(person_of(request)).values_list("pk", flat=True))
    context = {
        "groups": groups,
        "dismissed": dismissed,
        "count": sum(len(group.findings) for group in groups),
        "is_new": ledger_is_empty(person_of(request)),
        "editable": editable,
        "refused": refused,
        "form": form,
    }
    return render(request, "portfolios/data_check.html", context, status=422 if form else 200)
