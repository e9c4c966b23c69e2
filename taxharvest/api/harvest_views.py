"""Operations of the API: losses to harvest, scans and their progress, and the figures of harvesting."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.errors import NotFound
from common.etags import ConditionalGet
from common.pagination import BookCursorPagination
from portfolios.selectors.scopes import Scope, scope_of
from taxharvest.api.harvest_serializers import (
    HarvestQuerySerializer,
    HarvestSerializer,
    HouseholdQuerySerializer,
    KpiListSerializer,
    ScanListSerializer,
    ScanProgressSerializer,
)
from taxharvest.api.what_if_views import REFUSALS
from taxharvest.models import TaxHarvest
from taxharvest.selectors.harvests import harvest_report, harvest_rows, refused_lines, report_of
from taxharvest.selectors.kpis import harvest_kpis
from taxharvest.selectors.people import sees_taxes_of
from taxharvest.selectors.scan_coverage import scan_of, scans_of
from taxharvest.services.scans import scan_ask
from taxharvest.tasks import enqueue_scan
from trading.engine.market_days import market_today

TAGS = ["tax harvesting"]


class HarvestListView(GenericAPIView[TaxHarvest]):
    """Losses that could be taken."""

    pagination_class = BookCursorPagination
    serializer_class = HarvestSerializer
    queryset = TaxHarvest.objects.none()
    filter_backends = ()

    @extend_schema(
        operation_id="tax_harvesting",
        tags=TAGS,
        parameters=[HarvestQuerySerializer],
        responses={200: HarvestSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Proposals with their lots, arithmetic, replacement, wash verdict and outlook; the newest first."""
        asked = _asked(HarvestQuerySerializer, request)
        scope = _scope(request, asked.get("household"))
        states = [asked["state"]] if "state" in asked else TaxHarvest.LIVING
        page = self.paginate_queryset(harvest_rows(request.user, scope, states)) or []
        sees_taxes, today = sees_taxes_of(request.user, scope.household_id), timezone.localdate()
        reports = [report_of(harvest, today, sees_taxes=sees_taxes) for harvest in page]
        return self.get_paginated_response(HarvestSerializer(reports, many=True).data)


class HarvestView(ConditionalGet):
    """One loss that could be taken."""

    @extend_schema(
        operation_id="tax_harvesting_one", tags=TAGS, responses={200: HarvestSerializer, **REFUSALS}
    )
    def get(self, request: Request, harvest_id: UUID) -> Response:
        """A proposal with everything that it is decided by."""
        return Response(
            HarvestSerializer(harvest_report(request.user, harvest_id, timezone.localdate())).data
        )


class HarvestScanView(APIView):
    """Looking for losses."""

    @extend_schema(
        operation_id="tax_harvesting_scan",
        tags=TAGS,
        request=None,
        responses={202: ScanProgressSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Begin a scan of one's own household; asked again within minutes, the same scan comes back."""
        scope, now = _scope(request, None), timezone.now()
        scan = scan_ask(request.user, scope.household_id, day=market_today(now), now=now)
        transaction.on_commit(lambda: enqueue_scan(scan.pk))
        return Response(ScanProgressSerializer(scan).data, status=status.HTTP_202_ACCEPTED)


class HarvestScanListView(ConditionalGet):
    """Scans of a household."""

    @extend_schema(
        operation_id="tax_harvesting_scans",
        tags=TAGS,
        parameters=[HouseholdQuerySerializer],
        responses={200: ScanListSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The newest scans with what they did to each account, and what was refused and why."""
        scope = _scope(request, _asked(HouseholdQuerySerializer, request).get("household"))
        sees_taxes = sees_taxes_of(request.user, scope.household_id)
        found = {
            "scans": scans_of(scope),
            "refused": refused_lines(request.user, scope, sees_taxes=sees_taxes),
        }
        return Response(ScanListSerializer(found).data)


class HarvestScanProgressView(APIView):
    """How far a scan is."""

    @extend_schema(
        operation_id="tax_harvesting_scan_progress",
        tags=TAGS,
        responses={200: ScanProgressSerializer, **REFUSALS},
    )
    def get(self, request: Request, scan_id: UUID) -> Response:
        """The state and the counts of a scan that a household asked for."""
        return Response(ScanProgressSerializer(scan_of(request.user, scan_id)).data)


class HarvestKpisView(ConditionalGet):
    """The figures of harvesting."""

    @extend_schema(
        operation_id="tax_harvesting_kpis",
        tags=TAGS,
        parameters=[HouseholdQuerySerializer],
        responses={200: KpiListSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Losses harvested, their benefit, the share washed, coverage, acceptance and tracking cost."""
        scope = _scope(request, _asked(HouseholdQuerySerializer, request).get("household"))
        today = timezone.localdate()
        kpis = harvest_kpis(
            timezone.now(),
            today,
            scope.portfolio_ids,
            sees_taxes=sees_taxes_of(request.user, scope.household_id),
        )
        return Response(KpiListSerializer({"as_of": today, "kpis": kpis}).data)


def _asked(serializer: Any, request: Request) -> dict[str, Any]:
    query = serializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    found: dict[str, Any] = query.validated_data
    return found


def _scope(request: Request, household_id: UUID | None) -> Scope:
    scope = scope_of(request.user, household_id=household_id)
    if scope is None:
        raise NotFound("You belong to no household and none was shared with you.", code="not-found")
    return scope
