"""Operations of the API for imports: upload, look, confirm, cancel."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.etags import ConditionalGet
from common.problems import ProblemSerializer
from portfolios.api.import_serializers import (
    ImportConfirmSerializer,
    ImportRowSerializer,
    ImportRunSerializer,
    ImportUploadSerializer,
)
from portfolios.api.views import BAD_REQUEST, REFUSALS, UNAUTHORISED, UNKNOWN, caller
from portfolios.models import ImportRow, ImportRun
from portfolios.selectors.imports import import_run_edit, import_run_get, import_run_list, row_list
from portfolios.services.imports import (
    AccountChoice,
    NewPortfolio,
    import_cancel,
    import_confirm,
    import_upload,
)
from portfolios.tasks import enqueue_commit, enqueue_reading

CONFLICT = {
    (409, "application/problem+json"): OpenApiResponse(
        ProblemSerializer, description="The run is past that question."
    )
}
TOO_LARGE = {
    (413, "application/problem+json"): OpenApiResponse(
        ProblemSerializer, description="The file is larger than 100 MB."
    )
}


class ImportListView(ConditionalGet, ListAPIView[ImportRun]):
    """Files on their way into the book."""

    serializer_class = ImportRunSerializer
    queryset = ImportRun.objects.none()
    filter_backends = ()
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet[ImportRun]:
        """Runs that the caller may see."""
        return import_run_list(self.request.user)

    @extend_schema(
        operation_id="imports",
        tags=["imports"],
        responses={200: ImportRunSerializer(many=True), **BAD_REQUEST, **UNAUTHORISED},
    )
    def get(self, request: Request) -> Response:
        """Imports, newest first."""
        return self.list(request)

    @extend_schema(
        operation_id="import_upload",
        tags=["imports"],
        request={"multipart/form-data": ImportUploadSerializer},
        responses={202: ImportRunSerializer, **REFUSALS, **TOO_LARGE},
    )
    def post(self, request: Request) -> Response:
        """Upload a statement; a worker reads it, and then it waits in `review` (or `mapping`)."""
        data = ImportUploadSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        upload = data.validated_data["file"]
        run = import_upload(
            user=caller(request),
            file=upload,
            file_name=upload.name,
            portfolio_id=data.validated_data.get("portfolio"),
        )
        transaction.on_commit(lambda: enqueue_reading(run.pk))
        return Response(ImportRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class ImportDetailView(ConditionalGet):
    """One import."""

    @extend_schema(
        operation_id="import_detail",
        tags=["imports"],
        responses={200: ImportRunSerializer, **UNAUTHORISED, **UNKNOWN},
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Where it stands and what it did."""
        return Response(ImportRunSerializer(import_run_get(request.user, run_id)).data)


class ImportRowListView(ConditionalGet, ListAPIView[ImportRow]):
    """Rows of an import."""

    serializer_class = ImportRowSerializer
    queryset = ImportRow.objects.none()
    filterset_fields = ("status",)

    def get_queryset(self) -> QuerySet[ImportRow]:
        """Rows of a run that the caller may see."""
        return row_list(import_run_get(self.request.user, self.kwargs["run_id"]))

    @extend_schema(
        operation_id="import_rows",
        tags=["imports"],
        responses={200: ImportRowSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What became of each row of the file, and why."""
        return self.list(request, *args, **kwargs)


class ImportConfirmView(APIView):
    """Letting a file in."""

    @extend_schema(
        operation_id="import_confirm",
        tags=["imports"],
        request=ImportConfirmSerializer,
        responses={202: ImportRunSerializer, **REFUSALS, **CONFLICT},
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        """Say where each account goes; a worker then records what is new, all of it or nothing."""
        # Looked up first: what is wrong with the answer is no business of whoever may not see the file.
        found = import_run_edit(request.user, run_id)
        data = ImportConfirmSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        run = import_confirm(
            user=caller(request),
            run=found,
            choices=[_choice(item) for item in data.validated_data["accounts"]],
            adopts_openings=data.validated_data["adopts_openings"],
        )
        transaction.on_commit(lambda: enqueue_commit(run.pk))
        return Response(ImportRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class ImportCancelView(APIView):
    """Giving a file up."""

    @extend_schema(
        operation_id="import_cancel",
        tags=["imports"],
        request=None,
        responses={200: ImportRunSerializer, **UNAUTHORISED, **UNKNOWN, **CONFLICT},
    )
    def post(self, request: Request, run_id: UUID) -> Response:
        """Nothing of the file is, or will be, in the book."""
        run = import_cancel(user=caller(request), run=import_run_edit(request.user, run_id))
        run.refresh_from_db()
        return Response(ImportRunSerializer(run).data)


def _choice(item: dict[str, Any]) -> AccountChoice:
    new = item.get("new")
    return AccountChoice(
        number=item["number"],
        portfolio_id=item.get("portfolio"),
        new=None if new is None else NewPortfolio(**new),
    )
