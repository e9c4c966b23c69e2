"""Operations of the API: a sale that is only thought of, and the wash watch."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.etags import ConditionalGet
from common.problems import ProblemSerializer
from portfolios.engine.records import LotChoice
from taxharvest.api.what_if_serializers import (
    WashWatchSerializer,
    WatchQuerySerializer,
    WhatIfQuerySerializer,
    WhatIfSerializer,
)
from taxharvest.selectors.wash_watch import wash_watch
from taxharvest.selectors.what_if import household_scope, sale_report

REFUSALS = {
    (400, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="A bad value."),
    (401, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="Sign in."),
    (404, "application/problem+json"): OpenApiResponse(
        ProblemSerializer, description="There is no such thing, or it is not yours to see."
    ),
}


class WhatIfView(APIView):
    """A sale that is only thought of."""

    @extend_schema(
        operation_id="what_if",
        tags=["tax"],
        request=WhatIfQuerySerializer,
        responses={200: WhatIfSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """What the sale would bring by every choice of lots; nothing is recorded."""
        query = WhatIfQuerySerializer(data=request.data)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        report = sale_report(
            request.user,
            portfolio_id=asked["portfolio"],
            instrument_id=asked["instrument"],
            day=asked.get("day") or timezone.localdate(),
            quantity=asked["quantity"],
            price=asked["price"],
            fees=asked["fees"],
            lots=[LotChoice(lot_id=lot["lot"], quantity=lot["quantity"]) for lot in asked.get("lots", ())],
            today=timezone.localdate(),
        )
        return Response(WhatIfSerializer(report).data)


class WashWatchView(ConditionalGet):
    """What would be washed today."""

    @extend_schema(
        operation_id="wash_watch",
        tags=["tax"],
        parameters=[WatchQuerySerializer],
        responses={200: WashWatchSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Losses that would not count if taken today, and those that a purchase today would undo."""
        query = WatchQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        scope = household_scope(request.user, portfolio_id=query.validated_data.get("portfolio"))
        found = wash_watch(request.user, scope, timezone.localdate())
        return Response(WashWatchSerializer(found).data)
