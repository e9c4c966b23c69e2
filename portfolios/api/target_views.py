"""Operations of the API for target weights."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Household
from accounts.selectors.households import membership_of
from common.errors import NotFound
from common.etags import ConditionalGet
from portfolios.api.target_serializers import TargetsInputSerializer, TargetTableSerializer
from portfolios.api.views import REFUSALS, caller
from portfolios.engine.targets import TargetKind, TargetRecord
from portfolios.selectors.targets import target_table, whole_household
from portfolios.services.targets import targets_set


class TargetsView(ConditionalGet):
    """The target weights of one's own household."""

    @extend_schema(operation_id="targets", tags=["book"], responses={200: TargetTableSerializer, **REFUSALS})
    def get(self, request: Request) -> Response:
        """Every target with its weight now and its drift, for members who see all accounts."""
        return _told(request, _household(request))

    @extend_schema(
        operation_id="targets_set",
        tags=["book"],
        request=TargetsInputSerializer,
        responses={200: TargetTableSerializer, **REFUSALS},
    )
    def put(self, request: Request) -> Response:
        """Set all targets at once, in place of those before; the weights add up to 1 at most."""
        household = _household(request)
        body = TargetsInputSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = [
            TargetRecord(kind=TargetKind(one["kind"]), key=one["key"], weight=one["weight"], band=one["band"])
            for one in body.validated_data["targets"]
        ]
        targets_set(household_id=household.pk, targets=wanted, actor_id=caller(request).pk)
        return _told(request, household)


def _household(request: Request) -> Household:
    """The household whose accounts the caller sees all of. Raises NotFound for everybody else."""
    membership = membership_of(caller(request))
    if membership is None or not membership.sees_all:
        raise NotFound("You belong to no household whose targets you may see.", code="not-found")
    return membership.household


def _told(request: Request, household: Household) -> Response:
    scope = whole_household(caller(request), household.pk)
    return Response(TargetTableSerializer(target_table(scope, timezone.localdate())).data)
