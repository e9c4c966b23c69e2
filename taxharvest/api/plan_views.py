"""Operations of the API that decide about harvests, and plans with their state."""

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

from common.errors import NotFound
from common.etags import ConditionalGet
from common.idempotency import KEY_LIMIT
from common.pagination import BookCursorPagination
from common.problems import ProblemSerializer
from taxharvest.api.asking import KEY_HEADER, caller, key_of, proof_of
from taxharvest.api.plan_serializers import (
    DecidedHarvestSerializer,
    DecideSerializer,
    DismissSerializer,
    EditsSerializer,
    HarvestPlanDetailSerializer,
    HarvestPlanSerializer,
    PutForwardSerializer,
)
from taxharvest.api.what_if_views import REFUSALS
from taxharvest.models import HarvestPlan
from taxharvest.selectors.harvest_plans import may_trade_plan, plan_get, plan_list
from taxharvest.services.approvals import harvest_proposable
from taxharvest.services.harvest_rows import harvest_tradable
from taxharvest.services.plan_decisions import plan_decide
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
        request=EditsSerializer,
        responses={201: HarvestPlanDetailSerializer, **DECIDING},
    )
    def post(self, request: Request, harvest_id: UUID) -> Response:
        """Approve all of a proposal, some lots or a share, once for a key; never by a grant."""
        user = caller(request)
        harvest = harvest_tradable(user, harvest_id)
        asked = EditsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        plan = harvest_approve(
            user,
            harvest_id,
            **asked.edits(harvest.portfolio.household_id),
            key=key_of(request),
            now=timezone.now(),
            signed_in_at=proof_of(request),
        )
        transaction.on_commit(enqueue_plans)
        return Response(
            HarvestPlanDetailSerializer(plan_get(user, plan.pk)).data, status=status.HTTP_201_CREATED
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
        return Response(HarvestPlanDetailSerializer(plan_get(request.user, plan_id)).data)


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
        """Stop it, buy again, stay in cash, switch back, stay or wait, once for a key."""
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
            key=key_of(request),
            now=timezone.now(),
            signed_in_at=proof_of(request),
        )
        transaction.on_commit(enqueue_plans)
        return Response(HarvestPlanDetailSerializer(plan_get(user, plan_id)).data)
