"""People, households, grants and sign-ins at the support desk."""

from typing import TYPE_CHECKING, ClassVar

from allauth.account.admin import EmailAddressAdmin
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import (
    ExternalAccount,
    Grant,
    Household,
    HouseholdMember,
    RefreshToken,
    TaxProfile,
    TokenFamily,
    User,
)
from accounts.services.grants import grant_revoke
from accounts.services.profiles import account_deactivate, account_reactivate
from accounts.services.tokens import families_revoke
from common.admin import OperatorAdmin
from common.errors import DomainError

# Operators sign in where everybody does: with the same limits and the same second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # how the library asks for it
# Those classes registered themselves when they were imported above. Roles stand in the place of groups, and
# the other two tables are shown below under the rules of this desk, without the secrets of second factors.
REPLACED = {Group: GroupAdmin, EmailAddress: EmailAddressAdmin, Authenticator: AuthenticatorAdmin}
admin.site.unregister(list(REPLACED))
admin.site.site_header = "WealthAlloc support desk"
admin.site.site_title = "WealthAlloc"
admin.site.index_title = "Tables"


# Django's own class takes no type argument at run time; its stubs demand one.
if TYPE_CHECKING:
    MembersInline = admin.TabularInline[HouseholdMember, Household]
else:
    MembersInline = admin.TabularInline


@admin.register(User)
class UserAdmin(OperatorAdmin):
    """People who sign in; their password is nobody's to see or to set."""

    list_display = ("email", "name", "role", "is_active", "is_demo", "date_joined", "last_login")
    list_filter = ("role", "is_active", "is_demo")
    search_fields = ("=id", "email", "name")
    ordering = ("-date_joined",)
    fields = (
        "id",
        "email",
        "name",
        "role",
        "locale",
        "time_zone",
        "is_active",
        "is_demo",
        "date_joined",
        "last_login",
    )
    readonly_fields: ClassVar[tuple[str, ...]] = (
        "id",
        *(name for name in fields if name not in {"id", "role"}),
    )
    editable = True
    actions = ("close_logins", "open_logins", "end_sign_ins")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """The role is all that can be changed, and nobody changes their own."""
        own = obj is not None and obj.pk == request.user.pk
        return (*self.readonly_fields, "role") if own else self.readonly_fields

    @admin.action(description="Close the logins", permissions=["act"])
    def close_logins(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Sessions, tokens and grants given end at once."""
        for person in people.exclude(pk=_operator(request).pk):
            try:
                account_deactivate(user=person, actor=_operator(request), now=timezone.now())
            except DomainError as error:
                self.message_user(request, f"{person.email}: {error.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{person.email}: closed.")

    @admin.action(description="Open closed logins again", permissions=["act"])
    def open_logins(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """They can sign in again; what ended stays ended."""
        for person in people.filter(is_active=False):
            account_reactivate(user=person, actor=_operator(request))
            self.message_user(request, f"{person.email}: open.")

    @admin.action(description="End their sign-ins over the API", permissions=["act"])
    def end_sign_ins(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """Every access and refresh token stops working."""
        for person in people:
            count = families_revoke(user=person, because="ended by an operator", now=timezone.now())
            self.message_user(request, f"{person.email}: {count} ended.")


class MemberInline(MembersInline):
    """The people of a household, to read."""

    model = HouseholdMember
    extra = 0
    can_delete = False
    fields = ("name", "user", "relationship", "sees_all")
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: Household | None = None) -> bool:
        """Whoever may open the household."""
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, obj: Household | None = None) -> bool:
        """Nobody: members are changed by members."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Household | None = None) -> bool:
        """Nobody: members are changed by members."""
        return False


@admin.register(Household)
class HouseholdAdmin(OperatorAdmin):
    """Tax units."""

    list_display = ("name", "base_currency", "created_at")
    search_fields = ("=id", "name", "members__name", "members__user__email")
    inlines = (MemberInline,)


@admin.register(HouseholdMember)
class HouseholdMemberAdmin(OperatorAdmin):
    """Who belongs where."""

    list_display = ("name", "household", "user", "relationship", "sees_all")
    list_select_related = ("household", "user")
    list_filter = ("relationship", "sees_all")
    search_fields = ("=id", "name", "user__email", "household__name")


@admin.register(TaxProfile)
class TaxProfileAdmin(OperatorAdmin):
    """What is known for the tax rules, by year."""

    list_display = ("household", "year", "filing_status", "state")
    list_select_related = ("household",)
    list_filter = ("year", "filing_status")
    search_fields = ("=household__id", "household__name")


@admin.register(Grant)
class GrantAdmin(OperatorAdmin):
    """Who was given a look at what."""

    list_display = ("grantee", "household", "portfolio_id", "scope", "granted_by", "expires_at", "revoked_at")
    list_select_related = ("grantee", "household", "granted_by")
    list_filter = ("scope",)
    search_fields = ("=id", "=portfolio_id", "grantee__email", "granted_by__email", "household__name")
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, grants: QuerySet[Grant]) -> None:
        """End the grants at once."""
        for grant in grants.filter(revoked_at__isnull=True):
            grant_revoke(actor=_operator(request), grant_id=grant.pk, now=timezone.now(), as_operator=True)
            self.message_user(request, f"{grant}: revoked.")


@admin.register(ExternalAccount)
class ExternalAccountAdmin(OperatorAdmin):
    """Accounts at brokers and banks; numbers are shown by their end."""

    list_display = ("provider", "masked_number", "household", "state", "last_sync_at", "last_error")
    list_select_related = ("household",)
    list_filter = ("provider", "state")
    search_fields = ("=id", "=account_number", "household__name")
    exclude = ("account_number",)
    readonly_fields = ("masked_number",)


@admin.register(TokenFamily)
class TokenFamilyAdmin(OperatorAdmin):
    """Sign-ins over the API."""

    list_display = ("user", "client", "created_at", "last_used_at", "revoked_at", "revoked_because")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "client")
    exclude = ("stamp",)


@admin.register(RefreshToken)
class RefreshTokenAdmin(OperatorAdmin):
    """Refresh tokens; not even their digests are shown."""

    list_display = ("family", "created_at", "expires_at", "spent_at")
    list_select_related = ("family__user",)
    search_fields = ("=family__id", "family__user__email")
    exclude = ("digest",)


@admin.register(EmailAddress)
class AddressAdmin(OperatorAdmin):
    """Addresses, and whether they were confirmed."""

    list_display = ("email", "user", "primary", "verified")
    list_select_related = ("user",)
    list_filter = ("verified",)
    search_fields = ("email", "user__email")


@admin.register(Authenticator)
class SecondFactorAdmin(OperatorAdmin):
    """Who has a second factor; its secret is nobody's to see."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = ("type",)
    search_fields = ("user__email",)
    exclude = ("data",)


def _operator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the admin asks for a login
    return request.user
