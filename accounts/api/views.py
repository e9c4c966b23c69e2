"""Operations of the API for signing in, and for households and grants."""

from allauth.account.adapter import get_adapter
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import AccessTokenAuthentication
from accounts.api.serializers import (
    GrantSerializer,
    HouseholdSerializer,
    RefreshRequestSerializer,
    TokenPairSerializer,
    TokenRequestSerializer,
)
from accounts.models import Grant, Household
from accounts.services.sign_in import CodeNeeded, SignInRefused
from accounts.services.tokens import TokenRefused, token_issue, token_refresh, token_revoke
from common.errors import DomainError
from common.etags import ConditionalGet
from common.problems import ProblemSerializer


def problem_schema(words: str) -> OpenApiResponse:
    """A refusal, for the schema."""
    return OpenApiResponse(ProblemSerializer, description=words)


LIST_REFUSALS = {
    (400, "application/problem+json"): problem_schema("The cursor is not one that this list gave."),
    (401, "application/problem+json"): problem_schema("Sign in."),
}


@method_decorator(never_cache, name="dispatch")
class SignInView(APIView):
    """What the three operations of signing in share: they ask for nothing but what they are given."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """A refused sign-in is a 401 with its challenge, although no authentication class ran."""
        return AccessTokenAuthentication().authenticate_header(request)


class TokenView(SignInView):
    """Sign in."""

    @extend_schema(
        operation_id="auth_token",
        tags=["auth"],
        request=TokenRequestSerializer,
        responses={
            200: TokenPairSerializer,
            (400, "application/problem+json"): problem_schema("A field is missing or unreadable."),
            (401, "application/problem+json"): problem_schema(
                "`/problems/invalid-credentials`, `/problems/code-needed`, `/problems/invalid-code` or "
                "`/problems/email-not-confirmed`."
            ),
            (429, "application/problem+json"): problem_schema("Too many failures; see `Retry-After`."),
            (503, "application/problem+json"): problem_schema("Attempts cannot be counted just now."),
        },
    )
    def post(self, request: Request) -> Response:
        """Email and password for an access and a refresh token."""
        data = TokenRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        try:
            pair = token_issue(
                **data.validated_data,
                address=get_adapter().get_client_ip(request._request),  # noqa: SLF001 - DRF keeps Django's here
                client=request.headers.get("User-Agent", ""),
                now=timezone.now(),
            )
        except (SignInRefused, CodeNeeded) as error:
            raise _unauthorised(error) from None
        return Response(TokenPairSerializer(pair).data)


class TokenRefreshView(SignInView):
    """Go on."""

    @extend_schema(
        operation_id="auth_token_refresh",
        tags=["auth"],
        request=RefreshRequestSerializer,
        responses={
            200: TokenPairSerializer,
            (400, "application/problem+json"): problem_schema("A field is missing or unreadable."),
            (401, "application/problem+json"): problem_schema("The refresh token cannot be used (again)."),
        },
    )
    def post(self, request: Request) -> Response:
        """A refresh token for new tokens; the old one is spent."""
        data = RefreshRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        try:
            pair = token_refresh(refresh=data.validated_data["refresh"], now=timezone.now())
        except TokenRefused as error:
            raise _unauthorised(error) from None
        return Response(TokenPairSerializer(pair).data)


class TokenRevokeView(SignInView):
    """Sign out."""

    @extend_schema(
        operation_id="auth_token_revoke",
        tags=["auth"],
        request=RefreshRequestSerializer,
        responses={
            204: None,
            (400, "application/problem+json"): problem_schema("A field is missing or unreadable."),
        },
    )
    def post(self, request: Request) -> Response:
        """End the sign-in of a refresh token; the answer is the same for a token that nobody knows."""
        data = RefreshRequestSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        token_revoke(refresh=data.validated_data["refresh"], now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class HouseholdListView(ConditionalGet, ListAPIView[Household]):
    """Households."""

    serializer_class = HouseholdSerializer
    filter_backends = ()
    queryset = Household.objects.none()

    def get_queryset(self) -> QuerySet[Household]:
        """Those that the caller may see."""
        return Household.objects.visible_to(self.request.user).prefetch_related("members")

    @extend_schema(
        operation_id="households",
        tags=["households"],
        responses={200: HouseholdSerializer(many=True), **LIST_REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Households of which the caller is a member or which granted them something that still holds."""
        return self.list(request)


class GrantListView(ConditionalGet, ListAPIView[Grant]):
    """Grants."""

    serializer_class = GrantSerializer
    filter_backends = ()
    queryset = Grant.objects.none()

    def get_queryset(self) -> QuerySet[Grant]:
        """Those that hold and that the caller may see."""
        return (
            Grant.objects.visible_to(self.request.user)
            .active(timezone.now())
            .select_related("household", "grantee", "granted_by")
        )

    @extend_schema(
        operation_id="grants",
        tags=["households"],
        responses={200: GrantSerializer(many=True), **LIST_REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Grants that hold: those the caller received, and those of their household."""
        return self.list(request)


def _unauthorised(error: DomainError) -> AuthenticationFailed:
    return AuthenticationFailed(error.detail, code=error.code)
