"""What the operations of people and households take and give."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Grant, Household, HouseholdMember


class TokenRequestSerializer(serializers.Serializer[Any]):
    """Email, password, and the code of a second factor where there is one."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False, style={"input_type": "password"})
    code = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="The six digits of the authenticator app, or a recovery code.",
    )


class RefreshRequestSerializer(serializers.Serializer[Any]):
    """A refresh token."""

    refresh = serializers.CharField(max_length=200)


class TokenPairSerializer(serializers.Serializer[Any]):
    """An access token for the next minutes and a refresh token for the next exchange."""

    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`.")
    access_expires_at = serializers.DateTimeField()
    refresh = serializers.CharField(help_text="Good for one exchange. Used twice, it ends the sign-in.")
    refresh_expires_at = serializers.DateTimeField()


class MemberSerializer(serializers.ModelSerializer[HouseholdMember]):
    """A person of a household."""

    has_login = serializers.SerializerMethodField()

    class Meta:
        model = HouseholdMember
        fields = ("id", "name", "relationship", "sees_all", "has_login")

    def get_has_login(self, member: HouseholdMember) -> bool:
        """Whether this person signs in here."""
        return member.user_id is not None


class HouseholdSerializer(serializers.ModelSerializer[Household]):
    """A household; its members only for those who belong to it."""

    members = serializers.SerializerMethodField()
    access = serializers.SerializerMethodField(help_text="`member` or `grant`.")

    class Meta:
        model = Household
        fields = ("id", "name", "base_currency", "access", "members")

    @extend_schema_field(MemberSerializer(many=True))
    def get_members(self, household: Household) -> Any:
        """Everybody in the household, or nobody for those who only hold a grant."""
        return MemberSerializer(household.members.all(), many=True).data if self._own(household) else []

    def get_access(self, household: Household) -> str:
        """How the caller comes to see it."""
        return "member" if self._own(household) else "grant"

    def _own(self, household: Household) -> bool:
        caller = self.context["request"].user.pk
        return any(member.user_id == caller for member in household.members.all())


class GrantSerializer(serializers.ModelSerializer[Grant]):
    """Leave to see a household or one account of it."""

    household = serializers.UUIDField(source="household_id")
    household_name = serializers.CharField(source="household.name")
    portfolio = serializers.UUIDField(source="portfolio_id", allow_null=True)
    grantee = serializers.EmailField(source="grantee.email")
    granted_by = serializers.CharField(source="granted_by.name")
    direction = serializers.SerializerMethodField(help_text="`given` or `received`.")

    class Meta:
        model = Grant
        fields = (
            "id",
            "direction",
            "household",
            "household_name",
            "portfolio",
            "grantee",
            "granted_by",
            "scope",
            "created_at",
            "expires_at",
        )

    def get_direction(self, grant: Grant) -> str:
        """Whether the caller holds this grant or looks at it from the household's side."""
        return "received" if grant.grantee_id == self.context["request"].user.pk else "given"
