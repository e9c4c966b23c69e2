"""Operations of the API: anomalies, the scores behind them, and what people do about them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.etags import ConditionalGet
from common.pagination import BookCursorPagination
from mlrecs.api.anomaly_serializers import (
    AnomalyScoreSerializer,
    AnomalySerializer,
    MuteSerializer,
    ScoreQuerySerializer,
    SubjectSerializer,
)
from mlrecs.api.refusals import REFUSALS, caller
from mlrecs.forms.anomalies import MuteForm
from mlrecs.models import Anomaly, AnomalyScore
from mlrecs.selectors.anomalies import account_seen, anomalies_seen, scores_seen
from mlrecs.services.anomalies import anomaly_acknowledge, anomaly_mute


class AnomalyPagination(BookCursorPagination):
    """Newest first."""

    ordering = ("-began", "-id")


class ScorePagination(BookCursorPagination):
    """Newest first; one subject has one row a day."""

    ordering = ("-day",)


class AnomalyListView(ConditionalGet, ListAPIView[Anomaly]):
    """Anomalies."""

    serializer_class = AnomalySerializer
    pagination_class = AnomalyPagination
    queryset = Anomaly.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Anomaly]:
        """Those of the account that is named, or of the market."""
        return anomalies_seen(_subject(self.request, SubjectSerializer)["portfolio"])

    @extend_schema(
        operation_id="anomalies",
        tags=["intelligence"],
        parameters=[SubjectSerializer],
        responses={200: AnomalySerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """What was unusual, newest first: of one account, or of the market."""
        return self.list(request)


class AnomalyScoreListView(ConditionalGet, ListAPIView[AnomalyScore]):
    """Scores of days."""

    serializer_class = AnomalyScoreSerializer
    pagination_class = ScorePagination
    queryset = AnomalyScore.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[AnomalyScore]:
        """Those of the account that is named, or of the market."""
        asked = _subject(self.request, ScoreQuerySerializer)
        return scores_seen(asked["portfolio"], first=asked.get("first"), last=asked.get("last"))

    @extend_schema(
        operation_id="anomaly_scores",
        tags=["intelligence"],
        parameters=[ScoreQuerySerializer],
        responses={200: AnomalyScoreSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """How unusual each day was, newest first, with the holdings that drove it."""
        return self.list(request)


class AnomalyAcknowledgeView(APIView):
    """Acknowledging an anomaly."""

    @extend_schema(
        operation_id="anomaly_acknowledge",
        tags=["intelligence"],
        request=None,
        responses={200: AnomalySerializer, **REFUSALS},
    )
    def post(self, request: Request, anomaly_id: UUID) -> Response:
        """Note that you have looked at it; doing so again changes nothing."""
        found = anomaly_acknowledge(anomaly_id=anomaly_id, user=caller(request), now=timezone.now())
        return Response(AnomalySerializer(found).data)


class AnomalyMuteView(APIView):
    """Muting a kind of anomaly."""

    @extend_schema(
        operation_id="anomaly_mute",
        tags=["intelligence"],
        request=MuteSerializer,
        responses={200: AnomalySerializer, **REFUSALS},
    )
    def post(self, request: Request, anomaly_id: UUID) -> Response:
        """Keep its kind quiet in its account for some days. What comes meanwhile is still written down."""
        asked = MuteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        today = timezone.localdate()
        until = MuteForm.until(today, asked.validated_data["days"])
        found = anomaly_mute(anomaly_id=anomaly_id, user=caller(request), until=until, today=today)
        return Response(AnomalySerializer(found).data)


def _subject(request: Any, serializer: type[SubjectSerializer]) -> dict[str, Any]:
    """What is asked of an account that the caller may see, or of the market. Raises NotFound."""
    query = serializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    portfolio_id = query.validated_data.get("portfolio")
    if portfolio_id is not None:
        account_seen(request.user, portfolio_id)
    return {**query.validated_data, "portfolio": portfolio_id}
