"""Operations of the API: back-tests of harvesting."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound
from common.etags import ConditionalGet
from common.problems import ProblemSerializer
from taxharvest.api.backtest_serializers import (
    BacktestAskSerializer,
    BacktestQuerySerializer,
    BacktestSerializer,
)
from taxharvest.models import HarvestBacktest
from taxharvest.selectors.backtests import backtest_with, backtests_asked
from taxharvest.services.backtests import backtest_ask
from taxharvest.tasks import enqueue_backtest

PROBLEM = "application/problem+json"
REFUSALS = {
    (400, PROBLEM): OpenApiResponse(ProblemSerializer, description="A bad value."),
    (401, PROBLEM): OpenApiResponse(ProblemSerializer, description="Sign in."),
}
ASKING = {
    (409, PROBLEM): OpenApiResponse(ProblemSerializer, description="The prices are not installed."),
    (429, PROBLEM): OpenApiResponse(ProblemSerializer, description="Your quota of back-tests is used up."),
}


class BacktestsView(ConditionalGet, ListAPIView[HarvestBacktest]):
    """Harvesting on real prices. Nothing of anybody's book is in it, so equal back-tests are shared."""

    serializer_class = BacktestSerializer
    queryset = HarvestBacktest.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[HarvestBacktest]:
        """The caller's own, or the one whose digest is named."""
        query = BacktestQuerySerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        digest = query.validated_data.get("digest")
        return backtest_with(digest) if digest else backtests_asked(self.request.user)

    @extend_schema(
        operation_id="harvest_backtests",
        tags=["tax"],
        parameters=[BacktestQuerySerializer],
        responses={200: BacktestSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Back-tests you asked for, newest first; with `digest`, that one and its result."""
        return self.list(request)

    @extend_schema(
        operation_id="harvest_backtest_ask",
        tags=["tax"],
        request=BacktestAskSerializer,
        responses={200: BacktestSerializer, 202: BacktestSerializer, **REFUSALS, **ASKING},
    )
    def post(self, request: Request) -> Response:
        """Ask for one: 200 with its result when it is known, 202 while a worker makes it."""
        data = BacktestAskSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        if not isinstance(request.user, User):
            raise NotFound("Nobody is signed in.", code="not-found")
        found, is_new = backtest_ask(user=request.user, assumptions=data.assumptions(), now=timezone.now())
        if is_new:
            transaction.on_commit(lambda: enqueue_backtest(found.pk))
        done = found.state == HarvestBacktest.State.DONE
        answer = status.HTTP_200_OK if done else status.HTTP_202_ACCEPTED
        return Response(BacktestSerializer(found).data, status=answer)
