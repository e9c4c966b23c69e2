"""Operations of the API for the tax year."""

import json
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Conflict, NotFound
from common.etags import ConditionalGet
from common.problems import ProblemSerializer
from portfolios.selectors.scopes import scope_of
from taxharvest.api.serializers import ReportQuerySerializer, TaxReportSerializer
from taxharvest.engine.writers.files import FileFormat, FormName
from taxharvest.selectors.form_files import form_download
from taxharvest.selectors.tax_years import TaxYear, tax_year

REFUSALS = {
    (400, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="A bad value."),
    (401, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="Sign in."),
    (404, "application/problem+json"): OpenApiResponse(
        ProblemSerializer, description="There is no such thing, or it is not yours to see."
    ),
}


class TaxReportView(ConditionalGet):
    """A tax year."""

    @extend_schema(
        operation_id="tax_report",
        tags=["tax"],
        parameters=[ReportQuerySerializer],
        responses={200: TaxReportSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Gains by term, washed losses, estimated tax with its arithmetic, pending losses, and one form."""
        query = ReportQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        scope = scope_of(request.user, household_id=asked.get("household"))
        if scope is None:
            raise NotFound("You belong to no household and none was shared with you.", code="not-found")
        today = timezone.localdate()
        shown = tax_year(request.user, scope, asked.get("year", today.year), today)
        content, reason = _form(request, shown, FormName(asked["form"]))
        facts = _facts(shown) | {"form_name": asked["form"], "form": content, "form_reason": reason}
        return Response(TaxReportSerializer(facts).data)


def _form(request: Request, shown: TaxYear, form: FormName) -> tuple[dict[str, Any] | None, str]:
    """The form as its JSON download has it, or the reason why there is none."""
    try:
        made = form_download(
            request.user,
            shown.scope,
            year=shown.year,
            form=form,
            file_format=FileFormat.JSON,
            today=shown.as_of,
        )
    except Conflict as refusal:
        return None, refusal.detail
    return json.loads(made.data), ""


def _facts(shown: TaxYear) -> dict[str, Any]:
    told = shown.told
    return {
        "household": shown.scope.household,
        "year": shown.year,
        "years": shown.years,
        "as_of": shown.as_of,
        "ledger_digest": shown.sales.digest,
        "realised": {
            "short": told.realised.short,
            "long": told.realised.long,
            "incomplete": len(told.realised.incomplete),
        },
        "unrealised": shown.unrealised,
        "washed": shown.sales,
        "income": told.income,
        "pending": shown.pending,
        "tax": shown.liability,
        "reason": shown.reason,
        "notes": told.notes,
    }
