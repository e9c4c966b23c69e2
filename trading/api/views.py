"""Operations of the API for trading: placing, looking, cancelling, changing; gateways and differences."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.etags import ConditionalGet
from common.idempotency import KEY_LIMIT
from common.pagination import BookCursorPagination
from common.problems import ProblemSerializer
from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.api.asking import (
    KEY_HEADER,
    accounts_of,
    asked,
    caller,
    key_of,
    proof_of,
    refusals_told,
    request_of,
    standing_of,
)
from trading.api.serializers import (
    AcceptedSerializer,
    DifferenceQuerySerializer,
    DifferenceSerializer,
    GatewaySerializer,
    OrderChangeSerializer,
    OrderDetailSerializer,
    OrderQuerySerializer,
    OrderSerializer,
    RefusedSerializer,
    SingleTradeSerializer,
    TradePreviewSerializer,
    TradeSerializer,
)
from trading.models import Difference, Order
from trading.selectors.desk import difference_list, gateway_lines, order_get, order_list
from trading.services.acceptance import trade
from trading.services.order_wishes import order_cancel, order_change
from trading.services.previews import previews


def _problem(description: str, serializer: type[Any] = ProblemSerializer) -> OpenApiResponse:
    return OpenApiResponse(serializer, description=description)


PROBLEM = "application/problem+json"
BAD = {(400, PROBLEM): _problem("A bad value, or no key.")}
UNAUTHORISED = {(401, PROBLEM): _problem("Sign in.")}
UNKNOWN = {(404, PROBLEM): _problem("There is no such thing, or it is not yours to see or to trade.")}
CONFLICT = {(409, PROBLEM): _problem("Not possible now: the order is over, or the gateway is silent.")}
REFUSED = {(422, PROBLEM): _problem("A control refused, or the key was used before.", RefusedSerializer)}
TOO_MANY = {(429, PROBLEM): _problem("Too many previews, or refusals, in a minute: `Retry-After` says when.")}
ORDER_REFUSALS = BAD | UNAUTHORISED | UNKNOWN | CONFLICT | REFUSED | TOO_MANY
ASKED = PolymorphicProxySerializer(
    component_name="TradeAsked",
    serializers=[SingleTradeSerializer, TradeSerializer],
    resource_type_field_name=None,
)
KEY = OpenApiParameter(
    KEY_HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description=f"1 to {KEY_LIMIT} printable characters: a new one for every trade.",
)


class OrderCursorPagination(BookCursorPagination):
    """Orders, newest first."""

    ordering = ("-created_at", "-id")


class DifferenceCursorPagination(BookCursorPagination):
    """Differences, newest first."""

    ordering = ("-seen_at", "-id")


class TradeView(APIView):
    """Placing orders."""

    @extend_schema(
        operation_id="trade",
        tags=["trading"],
        parameters=[KEY],
        request=ASKED,
        responses={201: AcceptedSerializer, **ORDER_REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Accept orders, all or none, once for a key; sent again with its key, the answer is the same."""
        user, key = caller(request), key_of(request)
        found = asked(request.data)
        with refusals_told(user):
            accounts = accounts_of(user, found)
            standing = standing_of(found, accounts)
            answer = trade(
                user,
                request_of(user, found, accounts, standing),
                key=key,
                content=found,
                render=_accepted,
                signed_in_at=proof_of(request),
                now=timezone.now(),
                accounts=accounts,
                standing=standing,
            )
        return Response(answer.body, status=answer.status)


class TradePreviewView(APIView):
    """Orders that are not sent yet."""

    @extend_schema(
        operation_id="trade_preview",
        tags=["trading"],
        request=ASKED,
        responses={200: TradePreviewSerializer, **ORDER_REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Cost, commission, margin, lots, tax and every control's verdict; nothing is kept or sent."""
        user, found = caller(request), asked(request.data)
        accounts = accounts_of(user, found)
        shown = previews(
            user,
            request_of(user, found, accounts, standing_of(found, accounts)),
            signed_in_at=proof_of(request),
            now=timezone.now(),
            accounts=accounts,
        )
        return Response(TradePreviewSerializer({"orders": shown}).data)


class OrderListView(ConditionalGet, ListAPIView[Order]):
    """Orders."""

    serializer_class = OrderSerializer
    pagination_class = OrderCursorPagination
    queryset = Order.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Order]:
        """Orders that the caller may see, narrowed by the query."""
        query = OrderQuerySerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return _narrowed(order_list(self.request.user), query.validated_data)

    @extend_schema(
        operation_id="orders",
        tags=["trading"],
        parameters=[OrderQuerySerializer],
        responses={200: OrderSerializer(many=True), **BAD, **UNAUTHORISED},
    )
    def get(self, request: Request) -> Response:
        """Orders, newest first."""
        return self.list(request)


class OrderDetailView(ConditionalGet):
    """One order."""

    @extend_schema(
        operation_id="order_detail",
        tags=["trading"],
        responses={200: OrderDetailSerializer, **UNAUTHORISED, **UNKNOWN},
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """How it stands, its whole history, and its fills."""
        return Response(OrderDetailSerializer(order_get(request.user, order_id)).data)


class OrderCancelView(APIView):
    """Taking an order back."""

    @extend_schema(
        operation_id="order_cancel",
        tags=["trading"],
        request=None,
        responses={200: OrderDetailSerializer, **UNAUTHORISED, **UNKNOWN, **CONFLICT},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Ask for the cancellation; an order at the broker may still fill until it has answered."""
        user = caller(request)
        order_cancel(user, order_id, now=timezone.now())
        return Response(OrderDetailSerializer(order_get(user, order_id)).data)


class OrderChangeView(APIView):
    """Changing an order."""

    @extend_schema(
        operation_id="order_change",
        tags=["trading"],
        request=OrderChangeSerializer,
        responses={200: OrderDetailSerializer, **ORDER_REFUSALS},
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Ask for another quantity or price; all controls judge the order as it would be."""
        user = caller(request)
        # Looked up first: what is wrong with the change is no business of whoever may not see the order.
        order_get(user, order_id)
        data = OrderChangeSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        changes = dict(data.validated_data)
        confirmed = frozenset(changes.pop("confirmed", ()))
        with refusals_told(user):
            order_change(
                user,
                order_id,
                changes,
                signed_in_at=proof_of(request),
                now=timezone.now(),
                confirmed=confirmed,
            )
        return Response(OrderDetailSerializer(order_get(user, order_id)).data)


class GatewayListView(ConditionalGet):
    """Connections to brokers."""

    @extend_schema(
        operation_id="gateways",
        tags=["trading"],
        responses={200: GatewaySerializer(many=True), **UNAUTHORISED},
    )
    def get(self, request: Request) -> Response:
        """The gateways behind the caller's accounts: state, version, last tick, maintenance."""
        lines = gateway_lines(request.user, timezone.now())
        return Response(GatewaySerializer(lines, many=True).data)


class ReconciliationView(ConditionalGet, ListAPIView[Difference]):
    """Where book and broker differ."""

    serializer_class = DifferenceSerializer
    pagination_class = DifferenceCursorPagination
    queryset = Difference.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Difference]:
        """Differences that the caller may see, narrowed by the query."""
        query = DifferenceQuerySerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        rows = difference_list(self.request.user, is_open=query.validated_data["open"])
        account = query.validated_data.get("account")
        return rows.filter(portfolio_id=account) if account else rows

    @extend_schema(
        operation_id="reconciliation",
        tags=["trading"],
        parameters=[DifferenceQuerySerializer],
        responses={200: DifferenceSerializer(many=True), **BAD, **UNAUTHORISED},
    )
    def get(self, request: Request) -> Response:
        """Open differences, newest first; none of them is mended in silence."""
        return self.list(request)


def _accepted(orders: Sequence[Order]) -> dict[str, Any]:
    """The answer to a trade, as it is kept for its key."""
    shown = _shown()
    return {"orders": [shown.to_representation(order) for order in orders]}


@cache
def _shown() -> OrderSerializer:
    """What shows every accepted order, as `AcceptedSerializer` does: making one looks all columns up anew."""
    return OrderSerializer()


def _narrowed(rows: QuerySet[Order], wanted: dict[str, Any]) -> QuerySet[Order]:
    if state := wanted.get("state"):
        rows = rows.filter(state=state)
    if account := wanted.get("account"):
        rows = rows.filter(portfolio_id=account)
    if symbol := wanted.get("symbol"):
        rows = rows.filter(instrument__symbol__iexact=symbol)
    if day := wanted.get("day"):
        begins = datetime.combine(day, time.min, tzinfo=EXCHANGE_ZONE)
        rows = rows.filter(created_at__gte=begins, created_at__lt=begins + timedelta(days=1))
    return rows
