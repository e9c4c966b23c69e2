"""The page "Sell: which lots?": a sale that is only thought of, by every choice of lots."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from common.errors import InvalidInput, NotFound
from common.htmx import page_or_part
from portfolios.engine.lot_selections import selection_deadline
from portfolios.selectors.portfolios import instrument_get
from portfolios.selectors.prices import Quote, quote_on
from portfolios.selectors.scopes import Scope
from taxharvest.engine.what_if import SPECIFIC
from taxharvest.forms.what_if import LOT, WhatIfForm, named_lots, opening_values
from taxharvest.selectors.what_if import (
    HeldPosition,
    SaleReport,
    StrategyLine,
    household_scope,
    positions_held,
    sale_report,
)

TEMPLATE = "taxharvest/what_if.html"
ZERO = Decimal(0)


@login_required
@require_safe
def what_if(request: HttpRequest) -> HttpResponse:
    """Choose a holding; then its sale, with what each choice of lots would bring.

    Everything stands in the address, so nothing is written and the page can be kept or passed on.
    """
    scope = household_scope(person_of(request), portfolio_id=identifier(request, "portfolio"))
    instrument_id = identifier(request, "instrument")
    if instrument_id is None:
        return render(request, "taxharvest/what_if_choose.html", {"positions": positions_held(scope)})
    instrument = instrument_get(person_of(request), instrument_id)
    whole = household_scope(person_of(request))
    positions = positions_held(whole if _holds(whole, scope) else scope, instrument_id)
    if not positions:
        return render(request, TEMPLATE, {"instrument": instrument, "positions": []})
    quote = quote_on(scope.household_id, instrument_id, timezone.localdate())
    form = _form(request, positions, quote)
    report = _report(request, form, instrument_id)
    context: dict[str, Any] = {
        "instrument": instrument,
        "positions": positions,
        "quote": quote,
        "form": form,
        "report": report,
        **(_shown(request, report) if report else {}),
    }
    status = 422 if form.is_bound and form.errors else 200
    return page_or_part(request, TEMPLATE, context, part="outcome", status=status)


def person_of(request: HttpRequest) -> User:
    """Who is signed in; pages behind `login_required` have somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def identifier(request: HttpRequest, parameter: str) -> UUID | None:
    """An identifier in the address, or None without one. Raises NotFound for one that cannot be read."""
    text = request.GET.get(parameter, "")
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is nothing by that identifier.", code="not-found") from None


def _holds(whole: Scope, scope: Scope) -> bool:
    """Whether the accounts that are looked at belong to the person's own household."""
    return whole.household_id == scope.household_id


def _form(request: HttpRequest, positions: list[HeldPosition], quote: Quote) -> WhatIfForm:
    if "quantity" in request.GET:
        return WhatIfForm(request.GET, positions=positions)
    wanted = request.GET.get("portfolio", "")
    chosen = next((one for one in positions if str(one.portfolio_id) == wanted), positions[0])
    return WhatIfForm(initial=opening_values(chosen, quote.close, timezone.localdate()), positions=positions)


def _report(request: HttpRequest, form: WhatIfForm, instrument_id: UUID) -> SaleReport | None:
    """The sale reckoned, or None with what is wrong put onto the form."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return sale_report(
            person_of(request),
            portfolio_id=form.cleaned_data["portfolio"],
            instrument_id=instrument_id,
            day=form.cleaned_data["day"],
            quantity=form.cleaned_data["quantity"],
            price=form.cleaned_data["price"],
            fees=form.fees_given(),
            lots=named_lots(request.GET.dict()),
            today=timezone.localdate(),
        )
    except InvalidInput as refusal:
        for field, sentences in refusal.fields.items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)
        return None


def _shown(request: HttpRequest, report: SaleReport) -> dict[str, Any]:
    """The row that is opened, its lots, and the address of every row."""
    keys = [line.strategy.key for line in report.lines]
    default = SPECIFIC if SPECIFIC in keys else report.what_if.recommended or report.portfolio.relief
    wanted = request.GET.get("chosen", "")
    key = wanted if wanted in keys else default
    chosen = report.lines[keys.index(key)]
    sale = {
        name: value for name, value in request.GET.items() if not name.startswith(LOT) and name != "chosen"
    }
    return {
        "rows": [{"line": line, "url": _address(request, line.strategy.key)} for line in report.lines],
        "chosen": chosen,
        "recommended": report.what_if.recommended,
        "lots": _lots(report, chosen),
        "sale": sale,
        "deadline": selection_deadline(report.what_if.sale.day, None),
    }


def _address(request: HttpRequest, key: str) -> str:
    query = request.GET.copy()
    query["chosen"] = key
    return f"?{query.urlencode()}"


def _lots(report: SaleReport, chosen: StrategyLine) -> list[dict[str, Any]]:
    """Every undivided lot of the account, with what the chosen row takes from it."""
    taken: dict[Any, Decimal] = {}
    for use in chosen.strategy.outcome.lots:
        taken[use.lot_id] = taken.get(use.lot_id, ZERO) + use.quantity
    uses = {use.lot_id: use for use in chosen.strategy.outcome.lots}
    parts: dict[UUID, list[Any]] = {}
    for lot in report.what_if.open_lots:
        parts.setdefault(lot.root_id, []).append(lot)
    return [
        {
            "field": f"{LOT}{root.hex}",
            "acquired": pieces[0].acquired,
            "quantity": sum((piece.quantity for piece in pieces), ZERO),
            "basis": None
            if any(piece.basis_base is None for piece in pieces)
            else sum((piece.basis_base for piece in pieces), ZERO),
            "taken": f"{taken[root].normalize():f}" if root in taken else "",
            "use": uses.get(root),
        }
        for root, pieces in parts.items()
    ]
