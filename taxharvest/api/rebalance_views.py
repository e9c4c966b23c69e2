"""Operations of the API for rebalancing."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound
from common.etags import ConditionalGet
from common.pagination import BookCursorPagination
from taxharvest.api.rebalance_serializers import (
    RebalanceDetailSerializer,
    RebalanceInputSerializer,
    RebalanceSerializer,
    rebalance_told,
)
from taxharvest.api.views import REFUSALS
from taxharvest.models import Rebalance
from taxharvest.selectors.rebalances import rebalance_get, rebalance_list
from taxharvest.services.rebalances import rebalance_ask
from taxharvest.tasks import enqueue_rebalance

ACCEPTED = 202


class RebalanceCursorPagination(BookCursorPagination):
    """Rebalancings, newest first."""

    ordering = ("-created_at", "-id")


class RebalanceListView(ConditionalGet, ListAPIView[Rebalance]):
    """Rebalancings of one's own household."""

    serializer_class = RebalanceSerializer
    pagination_class = RebalanceCursorPagination
    queryset = Rebalance.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Rebalance]:
        """Those that the caller may see."""
        return rebalance_list(self.request.user)

    @extend_schema(
        operation_id="rebalance_list", tags=["tax"], responses={200: RebalanceSerializer, **REFUSALS}
    )
    def get(self, request: Request) -> Response:
        """What was asked so far, newest first, without the plans."""
        return self.list(request)

    @extend_schema(
        operation_id="rebalance_ask",
        tags=["tax"],
        request=RebalanceInputSerializer,
        responses={ACCEPTED: RebalanceDetailSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Ask a worker for both plans; look for them by the identifier until they are done."""
        body = RebalanceInputSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = rebalance_ask(_caller(request), body.wish(), timezone.now())
        enqueue_rebalance(row.pk)
        row.refresh_from_db()
        return Response(RebalanceDetailSerializer(rebalance_told(row)).data, status=ACCEPTED)


class RebalanceDetailView(ConditionalGet):
    """One rebalancing."""

    @extend_schema(
        operation_id="rebalance", tags=["tax"], responses={200: RebalanceDetailSerializer, **REFUSALS}
    )
    def get(self, request: Request, rebalance_id: UUID) -> Response:
        """Both plans with their trades, lots, difference, and what is not done and why."""
        row = rebalance_get(request.user, rebalance_id).row
        return Response(RebalanceDetailSerializer(rebalance_told(row)).data)


def _caller(request: Request) -> User:
    """Who asks; operations are behind authentication, so there is somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user
