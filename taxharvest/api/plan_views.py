"""Operations of the API that decide about harvests, and plans with their state."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Viewer
from common.errors import NotFound
from common.etags import ConditionalGet
from common.idempotency import KEY_LIMIT
from common.pagination import BookCursorPagination
from common.problems import ProblemSerializer
from taxharvest.api.asking import KEY_HEADER, caller, key_of, proof_of
from taxharvest.api.plan_serializers import (
    ApproveSerializer,
    DecidedHarvestSerializer,
    DecideSerializer,
    DismissSerializer,
    HarvestPlanDetailSerializer,
    HarvestPlanSerializer,
    PutForwardSerializer,
)
from taxharvest.api.what_if_views import REFUSALS
from taxharvest.engine.harvest.returns import ways_read
from taxharvest.models import HarvestPlan
from taxharvest.selectors.harvest_plans import may_trade_plan, plan_get, plan_list
from taxharvest.selectors.people import sees_taxes_of
from taxharvest.services.approvals import harvest_proposable
from taxharvest.services.harvest_rows import harvest_tradable
from taxharvest.services.plan_decisions import choices_open, plan_decide
from taxharvest.services.proposals import harvest_approve, harvest_dismiss, harvest_put_forward
from taxharvest.tasks import enqueue_plans

TAGS = ["tax harvesting"]
PROBLEM = "application/problem+json"
DECIDING = REFUSALS | {
    (409, PROBLEM): OpenApiResponse(
        ProblemSerializer, description="Somebody was first, it has expired, or its figures changed."
    ),
    (422, PROBLEM): OpenApiResponse(
        ProblemSerializer, description="Data is not known to be right, or the loss would be washed."
    ),
}
KEY = OpenApiParameter(
    KEY_HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description=f"1 to {KEY_LIMIT} printable characters: a new one for every decision.",
)


class HarvestApproveView(APIView):
    """Saying yes to a harvest."""

    @extend_schema(
        operation_id="tax_harvesting_approve",
        tags=TAGS,
        parameters=[KEY],
        request=ApproveSerializer,
        responses={201: HarvestPlanDetailSerializer, **DECIDING},
    )
    def post(self, request: Request, harvest_id: UUID) -> Response:
        """Approve all of a proposal, some lots or a share, once for a key; never by a grant."""
        user = caller(request)
        harvest = harvest_tradable(user, harvest_id)
        asked = ApproveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        plan = harvest_approve(
            user,
            harvest_id,
            **asked.edits(harvest.portfolio.household_id),
            shown=asked.validated_data.get("price"),
            key=key_of(request),
            now=timezone.now(),
            signed_in_at=proof_of(request),
        )
        transaction.on_commit(enqueue_plans)
        return Response(
            HarvestPlanDetailSerializer(_told(user, plan.pk)).data, status=status.HTTP_201_CREATED
        )


class HarvestProposeView(APIView):
    """An adviser's proposal."""

    @extend_schema(
        operation_id="tax_harvesting_propose",
        tags=TAGS,
        request=PutForwardSerializer,
        responses={200: DecidedHarvestSerializer, **DECIDING},
    )
    def post(self, request: Request, harvest_id: UUID) -> Response:
        """Put a harvest forward to the owner of the account, who alone may approve it."""
        user = caller(request)
        harvest = harvest_proposable(user, harvest_id)
        asked = PutForwardSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = harvest_put_forward(
            user,
            harvest_id,
            **asked.edits(harvest.portfolio.household_id),
            reason=asked.validated_data["reason"],
            now=timezone.now(),
        )
        return Response(DecidedHarvestSerializer(found).data)


class HarvestDismissView(APIView):
    """Setting a harvest aside."""

    @extend_schema(
        operation_id="tax_harvesting_dismiss",
        tags=TAGS,
        request=DismissSerializer,
        responses={200: DecidedHarvestSerializer, **DECIDING},
    )
    def post(self, request: Request, harvest_id: UUID) -> Response:
        """Set a proposal aside, with the reason; the same loss rests for a week."""
        user = caller(request)
        harvest_tradable(user, harvest_id)
        asked = DismissSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = harvest_dismiss(user, harvest_id, reason=asked.validated_data["reason"], now=timezone.now())
        return Response(DecidedHarvestSerializer(found).data)


class PlanListView(ConditionalGet, ListAPIView[HarvestPlan]):
    """Plans."""

    serializer_class = HarvestPlanSerializer
    pagination_class = BookCursorPagination
    queryset = HarvestPlan.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[HarvestPlan]:
        """Plans that the caller may see."""
        return plan_list(self.request.user)

    @extend_schema(
        operation_id="tax_harvesting_plans",
        tags=TAGS,
        responses={200: HarvestPlanSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Plans and their state, newest first."""
        return self.list(request)


class PlanView(ConditionalGet):
    """One plan."""

    @extend_schema(
        operation_id="tax_harvesting_plan",
        tags=TAGS,
        responses={200: HarvestPlanDetailSerializer, **REFUSALS},
    )
    def get(self, request: Request, plan_id: UUID) -> Response:
        """How it stands, its orders and its whole history."""
        return Response(HarvestPlanDetailSerializer(_told(request.user, plan_id)).data)


class PlanDecideView(APIView):
    """A choice about a plan."""

    @extend_schema(
        operation_id="tax_harvesting_plan_decide",
        tags=TAGS,
        parameters=[KEY],
        request=DecideSerializer,
        responses={200: HarvestPlanDetailSerializer, **DECIDING},
    )
    def post(self, request: Request, plan_id: UUID) -> Response:
        """Stop it, buy again or something else, stay in cash, switch back, stay or wait, once for a key."""
        user = caller(request)
        if not may_trade_plan(user, plan_id):
            raise NotFound("There is no such plan.", code="not-found")
        asked = DecideSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        plan_decide(
            user,
            plan_id,
            choice=asked.validated_data["choice"],
            version=asked.validated_data["version"],
            symbol=asked.validated_data["symbol"],
            key=key_of(request),
            now=timezone.now(),
            signed_in_at=proof_of(request),
        )
        transaction.on_commit(enqueue_plans)
        return Response(HarvestPlanDetailSerializer(_told(user, plan_id)).data)


def _told(user: Viewer, plan_id: UUID) -> HarvestPlan:
    """A plan with what the caller may decide, and the arithmetic of the ways for who sees the taxes."""
    plan: Any = plan_get(user, plan_id)
    kept = plan.choice_figures
    is_shown = bool(kept) and sees_taxes_of(user, plan.portfolio.household_id)
    plan.choices = choices_open(plan, list(plan.legs.all())) if may_trade_plan(user, plan_id) else ()
    plan.advice = None
    if is_shown:
        plan.advice = kept | {"ways": ways_read(kept), "wait_until": kept["wait_until"] or None}
    found: HarvestPlan = plan
    return found
