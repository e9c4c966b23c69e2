"""Operations of the API for reading the book."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import NotFound
from common.etags import ConditionalGet
from common.pagination import BookCursorPagination
from common.problems import ProblemSerializer
from portfolios.api.serializers import (
    AllocationQuerySerializer,
    AllocationSerializer,
    DashboardSerializer,
    DisposalFilter,
    DisposalSerializer,
    EmptyDashboardSerializer,
    HoldingTableSerializer,
    IntervalQuerySerializer,
    LedgerFilter,
    LotFilter,
    LotSerializer,
    PerformanceSerializer,
    PortfolioDetailSerializer,
    PortfolioListSerializer,
    PriceFilter,
    PriceSerializer,
    ScopeQuerySerializer,
    TransactionSerializer,
)
from portfolios.engine.allocation import AllocationBy
from portfolios.models import Disposal, Lot, Price, Transaction
from portfolios.selectors.allocation import allocation_of
from portfolios.selectors.dashboard import dashboard_of
from portfolios.selectors.holdings import holding_table
from portfolios.selectors.intervals import span_of
from portfolios.selectors.lots import closed_list, lot_list
from portfolios.selectors.performance import performance_report
from portfolios.selectors.portfolios import portfolio_get
from portfolios.selectors.scopes import Scope, scope_of
from portfolios.selectors.summaries import portfolio_summaries
from portfolios.selectors.transactions import transaction_rows
from portfolios.selectors.valuations import account_values, last_day_of, valuation_series

BAD_REQUEST = {
    (400, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="A bad value.")
}
UNAUTHORISED = {(401, "application/problem+json"): OpenApiResponse(ProblemSerializer, description="Sign in.")}
UNKNOWN = {
    (404, "application/problem+json"): OpenApiResponse(
        ProblemSerializer, description="There is no such thing, or it is not yours to see."
    )
}
REFUSALS = BAD_REQUEST | UNAUTHORISED | UNKNOWN
NO_HOUSEHOLD = "You belong to no household and none was shared with you."
NO_VALUE = "Nothing in this household was ever valued. Import a statement and its prices first."


class LedgerCursorPagination(BookCursorPagination):
    """Ledger rows by trade date, newest first."""

    ordering = ("-trade_date", "-sequence", "-id")


class DisposalCursorPagination(BookCursorPagination):
    """Closed pieces, the latest first."""

    ordering = ("-disposed", "-id")


class PriceCursorPagination(BookCursorPagination):
    """Closes, newest first."""

    ordering = ("-day", "-id")


def caller(request: Request) -> User:
    """Who asks; operations are behind authentication, so there is somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user


class BookView(ConditionalGet):
    """What the reading operations share."""

    def one_account(self, portfolio_id: UUID) -> Scope:
        """The account of the address. Raises NotFound when it is not the caller's to see."""
        scope = scope_of(self.request.user, portfolio_ids=[portfolio_id])
        if scope is None:
            raise NotFound("There is no such account.", code="not-found")
        return scope

    def query(self, serializer_class: type[Any]) -> dict[str, Any]:
        """The validated query string. Raises ValidationError by field."""
        query = serializer_class(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)


class DashboardView(BookView):
    """The household at a glance."""

    @extend_schema(
        operation_id="dashboard",
        tags=["dashboard"],
        parameters=[ScopeQuerySerializer],
        responses={
            200: PolymorphicProxySerializer(
                component_name="DashboardAnswer",
                serializers=[DashboardSerializer, EmptyDashboardSerializer],
                resource_type_field_name=None,
            ),
            **REFUSALS,
        },
    )
    def get(self, request: Request) -> Response:
        """Value, change, returns, gains, accounts, allocation and what waits for a decision."""
        query = self.query(ScopeQuerySerializer)
        scope = scope_of(request.user, household_id=query.get("household"))
        if scope is None:
            return Response(EmptyDashboardSerializer({"household": None, "reason": NO_HOUSEHOLD}).data)
        dashboard = dashboard_of(request.user, scope, interval=query["interval"], today=timezone.localdate())
        if dashboard is None:
            return Response(EmptyDashboardSerializer({"household": scope.household, "reason": NO_VALUE}).data)
        return Response(DashboardSerializer(dashboard).data)


class PortfolioListView(BookView):
    """All accounts."""

    @extend_schema(
        operation_id="portfolio_list",
        tags=["portfolio"],
        responses={200: PortfolioListSerializer, **UNAUTHORISED, **UNKNOWN},
    )
    def get(self, request: Request) -> Response:
        """Every account of the household with its last value, and their total."""
        scope = scope_of(request.user)
        if scope is None:
            raise NotFound(NO_HOUSEHOLD, code="not-found")
        return Response(PortfolioListSerializer(portfolio_summaries(scope)).data)


class PortfolioDetailView(BookView):
    """One account."""

    @extend_schema(
        operation_id="portfolio_detail",
        tags=["portfolio"],
        responses={200: PortfolioDetailSerializer, **UNAUTHORISED, **UNKNOWN},
    )
    def get(self, request: Request, portfolio_id: UUID) -> Response:
        """The account with its positions and cash."""
        portfolio = portfolio_get(request.user, portfolio_id)
        scope = self.one_account(portfolio_id)
        context = {"table": holding_table(scope, last_valued_day(scope))}
        return Response(PortfolioDetailSerializer(portfolio, context=context).data)


class HoldingListView(BookView):
    """Positions of an account."""

    @extend_schema(
        operation_id="holdings",
        tags=["portfolio"],
        responses={200: HoldingTableSerializer, **UNAUTHORISED, **UNKNOWN},
    )
    def get(self, request: Request, portfolio_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Positions and cash with value, basis and gain."""
        scope = self.one_account(portfolio_id)
        return Response(HoldingTableSerializer(holding_table(scope, last_valued_day(scope))).data)


class LotListView(BookView, ListAPIView[Lot]):
    """Open lots of an account."""

    serializer_class = LotSerializer
    filterset_class = LotFilter
    queryset = Lot.objects.none()

    def get_queryset(self) -> QuerySet[Lot]:
        """Lots of the account of the address."""
        portfolio = portfolio_get(self.request.user, self.kwargs["portfolio_id"])
        return lot_list(self.request.user).filter(portfolio=portfolio).select_related("instrument")

    @extend_schema(
        operation_id="lots", tags=["portfolio"], responses={200: LotSerializer(many=True), **REFUSALS}
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open lots with cost, basis and dates."""
        return self.list(request, *args, **kwargs)


class DisposalListView(BookView, ListAPIView[Disposal]):
    """Closed pieces of the lots of an account."""

    serializer_class = DisposalSerializer
    pagination_class = DisposalCursorPagination
    filterset_class = DisposalFilter
    queryset = Disposal.objects.none()

    def get_queryset(self) -> QuerySet[Disposal]:
        """Closed pieces of the account of the address."""
        portfolio = portfolio_get(self.request.user, self.kwargs["portfolio_id"])
        return closed_list(self.request.user).filter(portfolio=portfolio)

    @extend_schema(
        operation_id="disposals",
        tags=["portfolio"],
        responses={200: DisposalSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Closed pieces with proceeds, basis, term, and what the wash-sale rule took out, latest first."""
        return self.list(request, *args, **kwargs)


class TransactionListView(BookView, ListAPIView[Transaction]):
    """The ledger of an account."""

    serializer_class = TransactionSerializer
    pagination_class = LedgerCursorPagination
    filterset_class = LedgerFilter
    queryset = Transaction.objects.none()

    def get_queryset(self) -> QuerySet[Transaction]:
        """Rows of the account of the address."""
        return transaction_rows([portfolio_get(self.request.user, self.kwargs["portfolio_id"]).pk])

    @extend_schema(
        operation_id="transactions",
        tags=["portfolio"],
        responses={200: TransactionSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ledger rows, newest first; a reversed row and its reversal both show."""
        return self.list(request, *args, **kwargs)


class PriceListView(BookView, ListAPIView[Price]):
    """Closes of what an account has dealt in."""

    serializer_class = PriceSerializer
    pagination_class = PriceCursorPagination
    filterset_class = PriceFilter
    queryset = Price.objects.none()

    def get_queryset(self) -> QuerySet[Price]:
        """Closes of the instruments of the account of the address."""
        portfolio = portfolio_get(self.request.user, self.kwargs["portfolio_id"])
        dealt = Transaction.objects.filter(portfolio=portfolio, instrument=OuterRef("instrument"))
        return Price.objects.filter(Exists(dealt)).select_related("instrument")

    @extend_schema(
        operation_id="prices", tags=["portfolio"], responses={200: PriceSerializer(many=True), **REFUSALS}
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Daily closes with their source, newest first."""
        return self.list(request, *args, **kwargs)


class PerformanceView(BookView):
    """Returns, risk and where the gain came from."""

    @extend_schema(
        operation_id="performance",
        tags=["portfolio"],
        parameters=[IntervalQuerySerializer],
        responses={200: PerformanceSerializer, **REFUSALS},
    )
    def get(self, request: Request, portfolio_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Every figure of the interval with its arithmetic, or the reason it cannot be computed."""
        query = self.query(IntervalQuerySerializer)
        scope = self.one_account(portfolio_id)
        values = account_values(scope)
        span = span_of(query["interval"], last_day_of(values.values()) or timezone.localdate())
        records: Sequence[Any] = valuation_series(scope, first=span.first, last=span.last, values=values)
        return Response(PerformanceSerializer(performance_report(scope, span, records)).data)


class AllocationView(BookView):
    """How an account is spread."""

    @extend_schema(
        operation_id="allocation",
        tags=["portfolio"],
        parameters=[AllocationQuerySerializer],
        responses={200: AllocationSerializer, **REFUSALS},
    )
    def get(self, request: Request, portfolio_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """Slices with weights that add up to exactly 1."""
        query = self.query(AllocationQuerySerializer)
        scope = self.one_account(portfolio_id)
        allocation = allocation_of(scope, last_valued_day(scope), AllocationBy(query["by"]))
        return Response(AllocationSerializer(allocation).data)


def last_valued_day(scope: Scope) -> date:
    """The last day that was valued, or today when none ever was."""
    return last_day_of(account_values(scope).values()) or timezone.localdate()
