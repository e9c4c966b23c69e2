"""People and households: who is who, who belongs together for tax, and who may see what."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from common.identifiers import uuid7
from common.models import CurrencyField, MoneyField, RateField, TimestampedModel


class UserManager(BaseUserManager["User"]):
    """Users are known by their email address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a hashed password (unusable when None)."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An operator with every permission of the admin."""
        return self.create_user(email, password, role=User.Role.OPERATOR, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Emails are compared without regard to case."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in.

    The role says which doors exist for them; what they see of other people's books is a matter of
    household membership and grants, never of the role alone.
    """

    class Role(models.TextChoices):
        """What kind of user this is."""

        INVESTOR = "investor", "Investor"
        ADVISER = "adviser", "Adviser"
        OPERATOR = "operator", "Operator"
        AUDITOR = "auditor", "Auditor"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.INVESTOR)
    locale = models.CharField(max_length=10, default="en-US")
    time_zone = models.CharField(max_length=60, default="America/New_York")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Operators and auditors may enter the admin; what they may do there is decided per model."""
        return self.is_active and (self.is_superuser or self.role in (self.Role.OPERATOR, self.Role.AUDITOR))

    @property
    def is_operator(self) -> bool:
        """Operators may act in the admin; auditors only look."""
        return self.is_active and (self.is_superuser or self.role == self.Role.OPERATOR)

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        words = (self.name or self.email).split()
        return "".join(word[0] for word in words[:2]).upper()


Viewer = User | AnonymousUser


class HouseholdQuerySet(models.QuerySet["Household"]):
    """Households, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Households of which `user` is a member, or that granted them something that still holds."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(
            models.Q(pk__in=HouseholdMember.objects.filter(user=user).values("household_id"))
            | models.Q(pk__in=Grant.objects.active().filter(grantee=user).values("household_id"))
        )


class Household(TimestampedModel):
    """The tax unit: the people whose accounts wash each other's losses (IRC 1091, Pub. 550)."""

    name = models.CharField(max_length=120)
    base_currency = CurrencyField(default="USD")

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        db_table = "households"

    def __str__(self) -> str:
        return self.name


class HouseholdMemberQuerySet(models.QuerySet["HouseholdMember"]):
    """Members, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Everybody in one's own household; a grant shows accounts, not the family."""
        if not isinstance(user, User):
            return self.none()
        own = HouseholdMember.objects.filter(user=user).values("household_id")
        return self.filter(household_id__in=own)


class HouseholdMember(TimestampedModel):
    """A person of a household, with or without a login of their own.

    `sees_all` lets a member see every account of the household; without it only their own.
    """

    class Relationship(models.TextChoices):
        """How this person stands to the one who files."""

        SELF = "self", "Self"
        SPOUSE = "spouse", "Spouse"
        DEPENDANT = "dependant", "Dependant"

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    name = models.CharField(max_length=120)
    relationship = models.CharField(max_length=10, choices=Relationship, default=Relationship.SELF)
    sees_all = models.BooleanField(default=True)

    objects = HouseholdMemberQuerySet.as_manager()

    class Meta:
        db_table = "household_members"
        constraints = [
            # A person belongs to one household: two would let one trade wash losses of two returns.
            models.UniqueConstraint(fields=["user"], name="member_one_household"),
        ]

    def __str__(self) -> str:
        return self.name


class TaxProfileQuerySet(models.QuerySet["TaxProfile"]):
    """Tax profiles, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Those of a household whose accounts `user` sees all of; grants do not open them."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(household__members__user=user, household__members__sees_all=True)


class TaxProfile(TimestampedModel):
    """What the tax rules need to know of a household in one year; unknown stays empty, never zero."""

    class FilingStatus(models.TextChoices):
        """Filing status of Form 1040."""

        SINGLE = "single", "Single"
        MARRIED_JOINT = "married_joint", "Married filing jointly"
        MARRIED_SEPARATE = "married_separate", "Married filing separately"
        HEAD = "head", "Head of household"

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="tax_profiles")
    year = models.PositiveSmallIntegerField()
    filing_status = models.CharField(max_length=20, choices=FilingStatus, blank=True)
    ordinary_income = MoneyField(null=True, blank=True)
    state = models.CharField(max_length=2, blank=True)
    state_rate = RateField(null=True, blank=True)
    carryforward_short = MoneyField(null=True, blank=True)
    carryforward_long = MoneyField(null=True, blank=True)

    objects = TaxProfileQuerySet.as_manager()

    class Meta:
        db_table = "tax_profiles"
        constraints = [models.UniqueConstraint(fields=["household", "year"], name="tax_profile_year")]

    def __str__(self) -> str:
        return f"{self.household} {self.year}"


class GrantQuerySet(models.QuerySet["Grant"]):
    """Grants, by who may see them and whether they still hold."""

    def visible_to(self, user: Viewer) -> Self:
        """Grants that `user` gave or received, and all of a household whose accounts they see all of."""
        if not isinstance(user, User):
            return self.none()
        whole = HouseholdMember.objects.filter(user=user, sees_all=True).values("household_id")
        return self.filter(
            models.Q(grantee=user) | models.Q(granted_by=user) | models.Q(household_id__in=whole)
        )

    def active(self, now: datetime | None = None) -> Self:
        """Grants that are neither revoked nor expired at `now`."""
        moment = now or timezone.now()
        return self.filter(revoked_at__isnull=True).filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=moment)
        )


class Grant(TimestampedModel):
    """Leave for someone outside a household to see it, or one account of it, and perhaps to propose.

    A grant only narrows: it never gives more than the person who gave it has.
    """

    class Scope(models.TextChoices):
        """What the grantee may do."""

        READ = "read", "Read"
        PROPOSE = "propose", "Read and propose"
        MANAGE = "manage", "Read, propose and record"

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="grants")
    portfolio_id = models.UUIDField(null=True, blank=True)
    grantee = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.READ)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        db_table = "grants"
        indexes = [models.Index(fields=["grantee", "household"], name="grant_grantee")]

    def __str__(self) -> str:
        return f"{self.grantee} may {self.scope} {self.household}"


class ExternalAccountQuerySet(models.QuerySet["ExternalAccount"]):
    """Linked accounts, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Links of a household whose accounts `user` sees all of; grants do not open them."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(household__members__user=user, household__members__sees_all=True)


class ExternalAccount(TimestampedModel):
    """An account at a broker or bank as the outside world knows it, matched to a portfolio by its number."""

    class State(models.TextChoices):
        """How the link stands."""

        MANUAL = "manual", "By statement"
        LINKED = "linked", "Linked"
        FAILING = "failing", "Failing"
        DISABLED = "disabled", "Disabled"

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="external_accounts")
    provider = models.CharField(max_length=40)
    account_number = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State, default=State.MANUAL)
    last_sync_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = ExternalAccountQuerySet.as_manager()

    class Meta:
        db_table = "external_accounts"
        constraints = [
            models.UniqueConstraint(
                fields=["household", "provider", "account_number"], name="external_account_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.masked_number}"

    @property
    def masked_number(self) -> str:
        """The last four characters, as brokers print them."""
        return f"••{self.account_number[-4:]}"


class TokenFamilyQuerySet(models.QuerySet["TokenFamily"]):
    """Sign-ins over the API, by whose they are and whether they still hold."""

    def visible_to(self, user: Viewer) -> Self:
        """One's own sign-ins; nobody else's, not even in the same household."""
        return self.filter(user=user) if isinstance(user, User) else self.none()

    def live(self, now: datetime) -> Self:
        """Families that are not revoked and hold a refresh token that can still be used at `now`."""
        usable = RefreshToken.objects.filter(
            family=models.OuterRef("pk"), spent_at__isnull=True, expires_at__gt=now
        )
        return self.filter(models.Exists(usable), revoked_at__isnull=True)


class TokenFamily(TimestampedModel):
    """One sign-in over the API and all refresh tokens that followed from it.

    Its row is what a refresh locks: a family ends at once, whatever tokens are being exchanged just then.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    client = models.CharField(max_length=200, blank=True)
    # What the password was when this began, as Django marks its own sessions: another password, by
    # whatever way it was set, and the family no longer fits.
    stamp = models.CharField(max_length=64)
    last_used_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=60, blank=True)

    objects = TokenFamilyQuerySet.as_manager()

    class Meta:
        db_table = "token_families"
        verbose_name_plural = "token families"

    def __str__(self) -> str:
        return f"{self.user} {self.client or self.pk}"

    def fits(self, user: User) -> bool:
        """Whether the password of `user` is still the one with which this sign-in began."""
        stamps = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
        return any(constant_time_compare(self.stamp, stamp) for stamp in stamps)


class RefreshToken(TimestampedModel):
    """One refresh token, stored as its digest. Using it spends it; using it twice ends its whole family."""

    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "refresh_tokens"

    def __str__(self) -> str:
        return f"{self.family_id} {self.created_at:%Y-%m-%d %H:%M}"
