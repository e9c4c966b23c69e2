"""Operations of the API: models, and trainings of one's own."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.etags import ConditionalGet
from common.pagination import BookCursorPagination
from mlrecs.api.model_serializers import (
    ModelVersionSerializer,
    TrainingAskSerializer,
    TrainingRunSerializer,
)
from mlrecs.api.refusals import CONFLICT, REFUSALS, SPENT, caller
from mlrecs.models import ModelVersion, TrainingRun
from mlrecs.selectors.model_cards import model_get, models_seen
from mlrecs.selectors.training_runs import training_run_get, training_runs
from mlrecs.services.training_runs import training_ask, training_cancel, training_go_on
from mlrecs.tasks import enqueue_training


class NewestFirst(BookCursorPagination):
    """Newest first."""

    ordering = ("-created_at", "-id")


class ModelListView(ConditionalGet, ListAPIView[ModelVersion]):
    """Models."""

    serializer_class = ModelVersionSerializer
    pagination_class = NewestFirst
    queryset = ModelVersion.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Everybody's, and those of the caller's household."""
        return models_seen(self.request.user)

    @extend_schema(
        operation_id="models",
        tags=["intelligence"],
        responses={200: ModelVersionSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Every version that serves, challenges, waits or has retired, newest first."""
        return self.list(request)


class ModelView(ConditionalGet):
    """One model."""

    @extend_schema(
        operation_id="model", tags=["intelligence"], responses={200: ModelVersionSerializer, **REFUSALS}
    )
    def get(self, request: Request, model_id: UUID) -> Response:
        """What it learnt from, how it measured, and the digests that hold it together."""
        return Response(ModelVersionSerializer(model_get(request.user, model_id)).data)


class TrainingListView(ConditionalGet, ListAPIView[TrainingRun]):
    """Trainings."""

    serializer_class = TrainingRunSerializer
    pagination_class = NewestFirst
    queryset = TrainingRun.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[TrainingRun]:
        """Everybody's, and those of the caller's household."""
        return training_runs(caller(self.request))

    @extend_schema(
        operation_id="trainings",
        tags=["intelligence"],
        responses={200: TrainingRunSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Trainings of your household and those of the calendar, newest first."""
        return self.list(request)

    @extend_schema(
        operation_id="training_ask",
        tags=["intelligence"],
        request=TrainingAskSerializer,
        responses={202: TrainingRunSerializer, **REFUSALS, **SPENT},
    )
    def post(self, request: Request) -> Response:
        """Train a model on what your household holds; look for it by its identifier until it is done."""
        asked = TrainingAskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        run = training_ask(user=caller(request), wish=asked.wish(), now=timezone.now())
        transaction.on_commit(lambda: enqueue_training(run.pk))
        return Response(TrainingRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class TrainingView(ConditionalGet):
    """One training."""

    @extend_schema(
        operation_id="training", tags=["intelligence"], responses={200: TrainingRunSerializer, **REFUSALS}
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """How far it is, its loss by epoch, and the model that came of it."""
        return Response(TrainingRunSerializer(training_run_get(caller(request), run_id)).data)


class TrainingStopView(APIView):
    """Stopping a training."""

    @extend_schema(
        operation_id="training_stop",
        tags=["intelligence"],
        request=None,
        responses={200: TrainingRunSerializer, **REFUSALS, **CONFLICT},
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        """Stop it after the epoch it is in; what it learnt is kept."""
        run = training_cancel(run_id=run_id, user=caller(request))
        return Response(TrainingRunSerializer(run).data)


class TrainingGoOnView(APIView):
    """Going on with a training."""

    @extend_schema(
        operation_id="training_go_on",
        tags=["intelligence"],
        request=None,
        responses={202: TrainingRunSerializer, **REFUSALS, **CONFLICT, **SPENT},
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        """Go on where it was stopped or failed; the weights will be those of one that never stopped."""
        run = training_go_on(run_id=run_id, user=caller(request), now=timezone.now())
        transaction.on_commit(lambda: enqueue_training(run.pk))
        return Response(TrainingRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)
