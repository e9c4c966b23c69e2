"""The page of target weights: what the household's wealth should consist of, and how far it is off."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from common.errors import InvalidInput
from common.htmx import redirect_after_post
from portfolios.forms.targets import TargetsForm
from portfolios.selectors.targets import TargetTable, target_keys, target_table, whole_household
from portfolios.services.targets import targets_set
from portfolios.views.scopes import household_needed, person_of, today

TEMPLATE = "portfolios/targets.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest) -> HttpResponse:
    """Weights and bands to edit, with the weight now and the drift beside them."""
    household = household_needed(request)
    table = target_table(whole_household(person_of(request), household.pk), today())
    keys = target_keys(household.pk)
    form = TargetsForm(
        request.POST if request.method == "POST" else None, drifts=table.drifts.lines, keys=keys
    )
    if request.method == "POST" and form.is_valid():
        try:
            targets_set(household_id=household.pk, targets=form.targets(), actor_id=person_of(request).pk)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "The targets were saved.")
            return redirect_after_post(request, reverse("portfolios:targets"))
    status = 422 if form.is_bound and form.errors else 200
    return render(request, TEMPLATE, _context(form, table, keys), status=status)


def _context(form: TargetsForm, table: TargetTable, keys: Any) -> dict[str, Any]:
    return {
        "form": form,
        "rows": form.rows(),
        "table": table,
        "drifts": table.drifts,
        "names": [*form.classes.values(), *keys["sector"], *keys["instrument"]],
        "has_targets": bool(table.drifts.lines),
    }
