"""Operations of the API: the risk of all accounts, of one, and measuring it now."""

from typing import Any
from uuid import UUID

from django.db import transaction
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound
from common.etags import ConditionalGet
from common.problems import ProblemSerializer
from mlrecs.api.risk_serializers import (
    RiskDayQuerySerializer,
    RiskQuerySerializer,
    RiskReportSerializer,
    RiskSummarySerializer,
)
from mlrecs.selectors.risk_reports import (
    NOTHING,
    RiskStanding,
    risk_account,
    risk_on,
    risk_standings,
    standing_of,
)
from mlrecs.services.risk_reports import risk_ask
from mlrecs.tasks import enqueue_risk
from portfolios.selectors.scopes import scope_of

PROBLEM = "application/problem+json"
REFUSALS: dict[Any, Any] = {
    (400, PROBLEM): OpenApiResponse(ProblemSerializer, description="A bad value."),
    (401, PROBLEM): OpenApiResponse(ProblemSerializer, description="Sign in."),
    (404, PROBLEM): OpenApiResponse(ProblemSerializer, description="There is no such account or report."),
}


class RiskListView(ConditionalGet):
    """The risk of every account that one sees."""

    @extend_schema(
        operation_id="risk",
        tags=["risk"],
        parameters=[RiskQuerySerializer],
        responses={200: RiskSummarySerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The figures of each open account's last good report, each with its back-test."""
        query = RiskQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        scope = scope_of(request.user, household_id=query.validated_data.get("household"))
        accounts = [account for account in scope.accounts if not account.is_closed] if scope else []
        standings = risk_standings([account.id for account in accounts])
        rows = []
        for account in accounts:
            standing = standings.get(account.id, NOTHING)
            told = standing.good.figures if standing.good else {}
            rows.append(
                {
                    "portfolio": account.id,
                    "name": account.name,
                    "day": standing.good.day if standing.good else None,
                    "failed_on": standing.failed_on,
                    "reason": standing.reason,
                    "currency": told.get("currency", account.base_currency),
                    "figures": told.get("figures", []),
                }
            )
        return Response(RiskSummarySerializer(rows, many=True).data)


class RiskView(ConditionalGet):
    """The risk of one account."""

    @extend_schema(
        operation_id="risk_report",
        tags=["risk"],
        parameters=[RiskDayQuerySerializer],
        responses={200: RiskReportSerializer, **REFUSALS},
    )
    def get(self, request: Request, portfolio_id: UUID) -> Response:
        """The last good report, with why a later day has none; or the one of a day.

        Reports before the newest keep their figures, but not what each holding does in a scenario.
        """
        query = RiskDayQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        day = query.validated_data.get("day")
        if day is None:
            standing = risk_account(request.user, portfolio_id).standing
        else:
            standing = standing_of(risk_on(request.user, portfolio_id, day))
        return Response(_told(portfolio_id, standing))

    @extend_schema(
        operation_id="risk_measure",
        tags=["risk"],
        request=None,
        responses={202: RiskReportSerializer, **REFUSALS},
    )
    def post(self, request: Request, portfolio_id: UUID) -> Response:
        """Have today's report made by a worker; 202 with what stands until it has come."""
        if not isinstance(request.user, User):
            raise NotFound("Nobody is signed in.", code="not-found")
        if risk_ask(user=request.user, portfolio_id=portfolio_id):
            transaction.on_commit(lambda: enqueue_risk(portfolio_id))
        standing = risk_account(request.user, portfolio_id).standing
        return Response(_told(portfolio_id, standing), status=status.HTTP_202_ACCEPTED)


def _told(portfolio_id: UUID, standing: RiskStanding) -> dict[str, Any]:
    """A report as the API answers it."""
    good = standing.good
    told = {
        "portfolio": portfolio_id,
        "day": good.day if good else None,
        "failed_on": standing.failed_on,
        "reason": standing.reason,
        "report": good.figures if good else None,
    }
    return dict(RiskReportSerializer(told).data)
