"""Operations of the API: windows of the wash guard, alerts of its watch, and its setting."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.selectors.households import membership_of
from common.errors import NotFound
from common.etags import ConditionalGet
from common.problems import ProblemSerializer
from taxharvest.api.wash_guard_serializers import (
    WashAlertSerializer,
    WashGuardSerializer,
    WashWindowListSerializer,
    WashWindowQuerySerializer,
)
from taxharvest.selectors.people import sees_taxes_of
from taxharvest.selectors.wash_alerts import alerts_open
from taxharvest.selectors.wash_guard import guard_reaction
from taxharvest.selectors.wash_windows import window_lines
from taxharvest.selectors.what_if import household_scope
from taxharvest.services.wash_alerts import alert_close
from taxharvest.services.wash_guards import wash_guard_save

REFUSALS: dict[Any, Any] = {
    (400, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="A bad value."),
    (401, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="Sign in."),
    (404, "application/problem+json"): OpenApiResponse(
        ProblemSerializer, description="There is no such thing, or it is not yours to see."
    ),
}


class WindowsView(ConditionalGet):
    """Windows of the wash guard."""

    @extend_schema(
        operation_id="wash_windows",
        tags=["tax-harvesting"],
        parameters=[WashWindowQuerySerializer],
        responses={200: WashWindowListSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """What must not be bought, or not be sold at a loss, in any account of the household, and why."""
        query = WashWindowQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        scope = household_scope(request.user, portfolio_id=asked.get("portfolio"))
        lines = window_lines(
            request.user, scope.household_id, asked["first"], asked["last"], today=timezone.localdate()
        )
        facts = {"first": asked["first"], "last": asked["last"], "windows": lines}
        return Response(WashWindowListSerializer(facts).data)


class AlertsView(ConditionalGet):
    """Alerts of the wash watch."""

    @extend_schema(
        operation_id="wash_alerts",
        tags=["tax-harvesting"],
        responses={200: WashAlertSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Losses that were washed or are about to be, most money first, until somebody closes them."""
        scope = household_scope(request.user)
        return Response(WashAlertSerializer(alerts_open(request.user, scope.household_id), many=True).data)


class AlertCloseView(APIView):
    """Closing an alert."""

    @extend_schema(
        operation_id="wash_alert_close",
        tags=["tax-harvesting"],
        request=None,
        responses={200: WashAlertSerializer, **REFUSALS},
    )
    def post(self, request: Request, alert_id: UUID) -> Response:
        """Note that somebody has looked at it; closing it again changes nothing."""
        return Response(WashAlertSerializer(alert_close(_person(request), alert_id, now=timezone.now())).data)


class WashGuardView(ConditionalGet):
    """The setting of the wash guard."""

    @extend_schema(
        operation_id="wash_guard",
        tags=["tax-harvesting"],
        responses={200: WashGuardSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Whether an order of the household that washes a loss asks or is refused."""
        household_id = _household(_person(request))
        return Response(WashGuardSerializer({"reaction": guard_reaction(household_id)}).data)

    @extend_schema(
        operation_id="wash_guard_set",
        tags=["tax-harvesting"],
        request=WashGuardSerializer,
        responses={200: WashGuardSerializer, **REFUSALS},
    )
    def put(self, request: Request) -> Response:
        """Let the guard ask or block from now on, in every account of the household."""
        wanted = WashGuardSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        user = _person(request)
        guard = wash_guard_save(
            user,
            household_id=_household(user),
            reaction=wanted.validated_data["reaction"],
            today=timezone.localdate(),
        )
        return Response(WashGuardSerializer(guard).data)


def _person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


def _household(user: User) -> UUID:
    """The household whose accounts the person sees all of. Raises NotFound for everybody else."""
    membership = membership_of(user)
    if membership is None or not sees_taxes_of(user, membership.household_id):
        raise NotFound("You belong to no household whose tax settings you may see.", code="not-found")
    return membership.household_id
