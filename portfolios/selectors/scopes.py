"""Whose book a page or an answer shows: a household as one viewer may see it, or some accounts of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.models import Household, HouseholdMember, User, Viewer
from common.errors import NotFound
from portfolios.models import ImportRun, Portfolio

# What an account and its household are shown by; every page reads them first.
COLUMNS = (
    "name", "kind", "base_currency", "closed_on", "household__name", "household__base_currency",
    "household__updated_at", "holder__name", "external_account__provider", "external_account__account_number",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as lists and pickers show it; `number` is masked, `provider` empty when unknown."""

    id: UUID
    household_id: UUID
    name: str
    kind: str
    kind_label: str
    holder: str
    base_currency: str
    is_closed: bool
    provider: str
    number: str
    last_import_at: datetime | None

    @property
    def where(self) -> str:
        """Broker and last four digits, or the kind of account when neither is known."""
        return " ".join(filter(None, (self.provider, self.number))) or self.kind_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The accounts that are looked at together, and the currency in which they are added up.

    `is_whole` tells a household's visible accounts from a selection; `others` are households that the same
    viewer may look at instead, and `visible` all accounts of any household that they may see. `version`
    changes with every write to the household's book.
    """

    household_id: UUID
    household: str
    currency: str
    accounts: tuple[Account, ...]
    available: tuple[Account, ...] = ()
    others: tuple[tuple[UUID, str], ...] = ()
    visible: tuple[UUID, ...] = ()
    is_whole: bool = True
    version: str = ""

    @property
    def portfolio_ids(self) -> list[UUID]:
        """Keys of the accounts."""
        return [account.id for account in self.accounts]

    @property
    def names(self) -> dict[UUID, str]:
        """Names of the accounts by key."""
        return {account.id: account.name for account in self.accounts}

    @property
    def currencies(self) -> dict[UUID, str]:
        """Base currencies of the accounts by key."""
        return {account.id: account.base_currency for account in self.accounts}

    @property
    def label(self) -> str:
        """What is looked at, in words."""
        if self.is_whole:
            return self.household
        return ", ".join(account.name for account in self.accounts)


def scope_of(
    user: Viewer, *, household_id: UUID | None = None, portfolio_ids: Collection[UUID] = ()
) -> Scope | None:
    """What `user` looks at: their own household unless another is named, all of it unless accounts are.

    Returns None for somebody who belongs to no household and was granted none. Raises NotFound for a
    household or an account that is not theirs to see.
    """
    if not isinstance(user, User):
        return None
    imported = ImportRun.objects.filter(portfolio=OuterRef("pk"), state=ImportRun.State.DONE)
    rows = (
        Portfolio.objects.visible_to(user)
        .select_related("household", "holder", "external_account")
        .only(*COLUMNS)
        .annotate(
            imported_at=Subquery(imported.order_by("-finished_at").values("finished_at")[:1]),
        )
        .order_by("household_id", "closed_on", "created_at", "name")
    )
    portfolios = list(rows)
    if portfolio_ids:
        chosen = [row for row in portfolios if row.pk in set(portfolio_ids)]
        if len(chosen) != len(set(portfolio_ids)):
            raise NotFound("There is no such account.", code="not-found")
        household_id = chosen[0].household_id
    if not portfolios:
        return _empty_scope(user, household_id)
    household = _household_among(user, portfolios, household_id)
    if household is None:
        return _empty_scope(user, household_id)
    accounts = tuple(_account(row) for row in portfolios if row.household_id == household.pk)
    others = {row.household_id: row.household.name for row in portfolios if row.household_id != household.pk}
    scope = Scope(
        household_id=household.pk,
        household=household.name,
        currency=household.base_currency,
        accounts=accounts,
        available=accounts,
        others=tuple(others.items()),
        visible=tuple(row.pk for row in portfolios),
        version=household.updated_at.isoformat(),
    )
    return _narrowed(scope, portfolio_ids) if portfolio_ids else scope


def _narrowed(scope: Scope, portfolio_ids: Collection[UUID]) -> Scope:
    accounts = tuple(account for account in scope.accounts if account.id in set(portfolio_ids))
    currencies = {account.base_currency for account in accounts}
    return replace(
        scope,
        accounts=accounts,
        currency=currencies.pop() if len(currencies) == 1 else scope.currency,
        is_whole=False,
    )


def _household_among(
    user: User, portfolios: Sequence[Portfolio], household_id: UUID | None
) -> Household | None:
    """The household that is asked for, else one's own; None when no visible account belongs to it."""
    households: dict[UUID, Household] = {row.household_id: row.household for row in portfolios}
    if household_id is None and len(households) > 1:
        member = HouseholdMember.objects.filter(user=user).first()
        household_id = member.household_id if member is not None else None
    if household_id is None:
        return portfolios[0].household
    return households.get(household_id)


def _empty_scope(user: Viewer, household_id: UUID | None) -> Scope | None:
    """A household without visible accounts: a new one, or one that granted an account since gone."""
    households = Household.objects.visible_to(user)
    if household_id is None:
        household = households.order_by("created_at").first()
    else:
        household = households.filter(pk=household_id).first()
        if household is None:
            raise NotFound("There is no such household.", code="not-found")
    if household is None:
        return None
    return Scope(
        household_id=household.pk, household=household.name, currency=household.base_currency, accounts=()
    )


def _account(row: Portfolio) -> Account:
    link = row.external_account
    return Account(
        id=row.pk,
        household_id=row.household_id,
        name=row.name,
        kind=row.kind,
        kind_label=row.get_kind_display(),
        holder=row.holder.name,
        base_currency=row.base_currency,
        is_closed=row.closed_on is not None,
        provider=link.provider if link else "",
        number=link.masked_number if link else "",
        last_import_at=getattr(row, "imported_at", None),
    )
