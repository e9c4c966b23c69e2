"""The page that names the lots of a sale, until its settlement; afterwards it says what was sold and why."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.errors import DomainError, NotFound
from common.htmx import redirect_after_post
from portfolios.engine.records import ReliefMethod
from portfolios.engine.relief_words import RELIEF_WORDS
from portfolios.forms.sale_lots import SaleLotsForm
from portfolios.selectors.lot_selections import SaleLots, sale_lots, takes_lots
from portfolios.selectors.portfolios import portfolio_edit
from portfolios.selectors.transactions import transaction_lineage
from portfolios.services.lot_selections import lot_selection_record
from portfolios.views.refusals import refused_onto
from portfolios.views.scopes import person_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_lots(request: HttpRequest, transaction_id: UUID) -> HttpResponse:
    """The lots that were open at the sale, each with the number of shares to take from it."""
    user, now = person_of(request), timezone.now()
    lineage = transaction_lineage(user, transaction_id)
    sale = lineage.transaction
    if request.method == "POST":
        # Whoever may only look gets the same answer as for a row that is not there.
        portfolio_edit(user, sale.portfolio_id)
    if not takes_lots(sale):
        raise NotFound("This row takes no lots.", code="not-found")
    found = sale_lots(sale, now)
    form = SaleLotsForm(request.POST if request.method == "POST" else None, found=found)
    if request.method == "POST" and form.is_valid() and _saved(request, form, found):
        messages.success(request, "The lots were kept, and the book was derived again.")
        return redirect_after_post(request, reverse("portfolios:transaction_detail", args=[transaction_id]))
    context = {
        "row": sale,
        "found": found,
        "form": form,
        "can_choose": found.is_open and lineage.can_edit,
        "can_edit": lineage.can_edit,
        "disposals": lineage.disposals,
        "method": RELIEF_WORDS[ReliefMethod(sale.portfolio.relief)],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "portfolios/sale_lots.html", context, status=status)


def _saved(request: HttpRequest, form: SaleLotsForm, found: SaleLots) -> bool:
    choices = [] if "method" in request.POST else form.choices()
    try:
        lot_selection_record(
            sale=found.sale, choices=choices, now=timezone.now(), actor_id=person_of(request).pk
        )
    except DomainError as refusal:
        refused_onto(form, refusal)
        return False
    return True
