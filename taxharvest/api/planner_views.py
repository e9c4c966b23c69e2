"""Operations of the API: the year-end planner."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import InvalidInput, NotFound
from common.etags import ConditionalGet
from portfolios.selectors.scopes import scope_of
from taxharvest.api.planner_serializers import PlannerQuerySerializer, PlannerSerializer
from taxharvest.api.views import REFUSALS
from taxharvest.engine.year_end import amounts_named
from taxharvest.selectors.year_end import year_end


class PlannerView(ConditionalGet):
    """The end of the year."""

    @extend_schema(
        operation_id="tax_planner",
        tags=["tax"],
        parameters=[PlannerQuerySerializer],
        responses={200: PlannerSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Losses and gains by term with what each is worth, and the return before and after some of them."""
        query = PlannerQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        scope = scope_of(request.user, household_id=query.validated_data.get("household"))
        if scope is None:
            raise NotFound("You belong to no household and none was shared with you.", code="not-found")
        amounts, faults = amounts_named(request.query_params.dict())
        if faults:
            first = next(iter(faults.values()))
            fields = {name: [sentence] for name, sentence in faults.items()}
            raise InvalidInput(first, code="invalid-amount", fields=fields)
        found = year_end(request.user, scope, timezone.localdate(), amounts)
        return Response(PlannerSerializer(found).data)
