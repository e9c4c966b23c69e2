"""Operations of the API: recommendations, and deciding about them. Nothing here sends an order."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from common.errors import NotFound
from common.etags import ConditionalGet
from common.pagination import BookCursorPagination
from common.problems import ProblemSerializer
from mlrecs.api.advice_serializers import (
    RecommendationAcceptSerializer,
    RecommendationDismissSerializer,
    RecommendationQuerySerializer,
    RecommendationSerializer,
    RecommendationSnoozeSerializer,
)
from mlrecs.models import Recommendation
from mlrecs.selectors.recommendations import LIVING, recommendation_seen, recommendations_of
from mlrecs.services.recommendations import (
    recommendation_accept,
    recommendation_dismiss,
    recommendation_snooze,
)

PROBLEM = "application/problem+json"
TAGS = ["recommendations"]
REFUSALS: dict[Any, Any] = {
    (400, PROBLEM): OpenApiResponse(ProblemSerializer, description="A bad value."),
    (401, PROBLEM): OpenApiResponse(ProblemSerializer, description="Sign in."),
}
MISSING: dict[Any, Any] = {
    (404, PROBLEM): OpenApiResponse(ProblemSerializer, description="There is no such recommendation."),
}
SETTLED: dict[Any, Any] = {
    (409, PROBLEM): OpenApiResponse(ProblemSerializer, description="It is settled or has expired."),
}


class RecommendationListView(GenericAPIView[Recommendation]):
    """What could be done."""

    pagination_class = BookCursorPagination
    serializer_class = RecommendationSerializer
    queryset = Recommendation.objects.none()
    filter_backends = ()

    @extend_schema(
        operation_id="recommendations",
        tags=TAGS,
        parameters=[RecommendationQuerySerializer],
        responses={200: RecommendationSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Recommendations with reasons, costs, what happens otherwise and how sure they are; newest first."""
        query = RecommendationQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        states = [asked["state"]] if "state" in asked else LIVING
        rows = recommendations_of(request.user, states=states, kind=asked.get("kind", ""))
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(RecommendationSerializer(page, many=True).data)


class RecommendationView(ConditionalGet):
    """One thing that could be done."""

    @extend_schema(
        operation_id="recommendation",
        tags=TAGS,
        responses={200: RecommendationSerializer, **REFUSALS, **MISSING},
    )
    def get(self, request: Request, recommendation_id: UUID) -> Response:
        """A recommendation with everything that it is decided by."""
        found = recommendation_seen(request.user, recommendation_id)
        return Response(RecommendationSerializer(found).data)


class RecommendationAcceptView(APIView):
    """Taking a recommendation up."""

    @extend_schema(
        operation_id="recommendation_accept",
        tags=TAGS,
        request=RecommendationAcceptSerializer,
        responses={200: RecommendationSerializer, **REFUSALS, **MISSING, **SETTLED},
    )
    def post(self, request: Request, recommendation_id: UUID) -> Response:
        """Note that it is taken up. Its `orders` are then sent with `POST trade`, through every control."""
        data = _valid(RecommendationAcceptSerializer, request)
        row = recommendation_accept(
            _caller(request), recommendation_id, reason=data["reason"], now=timezone.now()
        )
        return Response(RecommendationSerializer(row).data)


class RecommendationDismissView(APIView):
    """Setting a recommendation aside."""

    @extend_schema(
        operation_id="recommendation_dismiss",
        tags=TAGS,
        request=RecommendationDismissSerializer,
        responses={200: RecommendationSerializer, **REFUSALS, **MISSING, **SETTLED},
    )
    def post(self, request: Request, recommendation_id: UUID) -> Response:
        """Set it aside with the reason; its subject rests for thirty days, longer each time."""
        data = _valid(RecommendationDismissSerializer, request)
        row = recommendation_dismiss(
            _caller(request), recommendation_id, reason=data["reason"], now=timezone.now()
        )
        return Response(RecommendationSerializer(row).data)


class RecommendationSnoozeView(APIView):
    """Putting a recommendation off."""

    @extend_schema(
        operation_id="recommendation_snooze",
        tags=TAGS,
        request=RecommendationSnoozeSerializer,
        responses={200: RecommendationSerializer, **REFUSALS, **MISSING, **SETTLED},
    )
    def post(self, request: Request, recommendation_id: UUID) -> Response:
        """Put it off until a moment; it never outlives its own end."""
        data = _valid(RecommendationSnoozeSerializer, request)
        row = recommendation_snooze(
            _caller(request),
            recommendation_id,
            until=data["until"],
            reason=data["reason"],
            now=timezone.now(),
        )
        return Response(RecommendationSerializer(row).data)


def _caller(request: Request) -> User:
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def _valid(kind: Any, request: Request) -> dict[str, Any]:
    data = kind(data=request.data)
    data.is_valid(raise_exception=True)
    found: dict[str, Any] = data.validated_data
    return found
