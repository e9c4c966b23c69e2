"""Operations of the API: how each account is harvested, told and set."""

from dataclasses import replace
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.etags import ConditionalGet
from common.problems import ProblemSerializer
from taxharvest.api.asking import caller, proof_of
from taxharvest.api.policy_serializers import HarvestPolicyChangeSerializer, HarvestPolicySerializer
from taxharvest.api.what_if_views import REFUSALS
from taxharvest.models import HarvestPolicy
from taxharvest.selectors.harvest_policies import policy_account, policy_accounts
from taxharvest.services.harvest_policies import harvest_policy_set, policy_as_wanted

TAGS = ["tax harvesting"]
UNPROVEN = {
    (422, "application/problem+json"): OpenApiResponse(
        ProblemSerializer, description="A live account asks for a sign-in of the last minutes."
    )
}


class PolicyListView(ConditionalGet):
    """How the accounts of a household are harvested."""

    @extend_schema(
        operation_id="tax_harvesting_policies",
        tags=TAGS,
        responses={200: HarvestPolicySerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """The open taxable accounts of one's own household, each with its policy or the default."""
        rows = [policy for _, policy in policy_accounts(request.user)]
        return Response(HarvestPolicySerializer(rows, many=True).data)


class PolicyView(ConditionalGet):
    """How one account is harvested."""

    @extend_schema(
        operation_id="tax_harvesting_policy", tags=TAGS, responses={200: HarvestPolicySerializer, **REFUSALS}
    )
    def get(self, request: Request, portfolio_id: UUID) -> Response:
        """Whether it is looked at, when a loss is worth taking, and how far without asking."""
        return Response(HarvestPolicySerializer(_policy(request, portfolio_id)).data)

    @extend_schema(
        operation_id="tax_harvesting_policy_change",
        tags=TAGS,
        request=HarvestPolicyChangeSerializer,
        responses={200: HarvestPolicySerializer, **REFUSALS, **UNPROVEN},
    )
    def patch(self, request: Request, portfolio_id: UUID) -> Response:
        """Change what is named; only who may trade in the account does, never a grant."""
        kept = _policy(request, portfolio_id)
        asked = HarvestPolicyChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        harvest_policy_set(
            caller(request),
            portfolio_id,
            replace(policy_as_wanted(kept), **asked.validated_data),
            now=timezone.now(),
            signed_in_at=proof_of(request),
        )
        return Response(HarvestPolicySerializer(_policy(request, portfolio_id)).data)


def _policy(request: Request, portfolio_id: UUID) -> HarvestPolicy:
    """The policy of an account that the caller may set. Raises NotFound for every other account."""
    found = policy_account(request.user, portfolio_id)
    if found is None:
        raise NotFound("There is no such account.", code="not-found")
    return found[1]
