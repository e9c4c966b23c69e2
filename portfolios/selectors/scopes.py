"""Whose book a page or an answer shows: a household as one viewer may see it, or some accounts of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import ExternalAccount, Household, HouseholdMember, User, Viewer
from common.errors import NotFound
from common.prepared import Prepared
from portfolios.models import ImportRun, Portfolio

KINDS = dict(Portfolio.Kind.choices)
# What an account and its household are shown by, in the order of `_Seen`.
COLUMNS = (
    "pk", "household_id", "name", "kind", "base_currency", "closed_on", "household__name",
    "household__base_currency", "household__updated_at", "holder__name", "external_account__provider",
    "external_account__account_number", "imported_at",
)  # fmt: skip


class _Seen(NamedTuple):
    """One account that somebody may see, with what its household is shown by."""

    key: UUID
    household_id: UUID
    name: str
    kind: str
    base_currency: str
    closed_on: date | None
    household: str
    currency: str
    updated_at: datetime
    holder: str
    provider: str | None
    account_number: str | None
    imported_at: datetime | None


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
    portfolios = [_Seen(*row) for row in SEEN.rows(user.pk, timezone.now())]
    if portfolio_ids:
        chosen = [row for row in portfolios if row.key in set(portfolio_ids)]
        if len(chosen) != len(set(portfolio_ids)):
            raise NotFound("There is no such account.", code="not-found")
        household_id = chosen[0].household_id
    if not portfolios:
        return _empty_scope(user, household_id)
    household = _household_among(user, portfolios, household_id)
    own = [row for row in portfolios if row.household_id == household]
    if not own:
        return _empty_scope(user, household_id)
    accounts = tuple(_account(row) for row in own)
    others = {row.household_id: row.household for row in portfolios if row.household_id != household}
    scope = Scope(
        household_id=own[0].household_id,
        household=own[0].household,
        currency=own[0].currency,
        accounts=accounts,
        available=accounts,
        others=tuple(others.items()),
        visible=tuple(row.key for row in portfolios),
        version=own[0].updated_at.isoformat(),
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


def _seen(user_id: UUID, now: datetime) -> QuerySet[Any, Any]:
    imported = ImportRun.objects.filter(portfolio=OuterRef("pk"), state=ImportRun.State.DONE)
    rows = Portfolio.objects.visible_to(User(pk=user_id), now).annotate(
        imported_at=Subquery(imported.order_by("-finished_at").values("finished_at")[:1])
    )
    columns: QuerySet[Any, Any] = rows.order_by("household_id", "closed_on", "created_at", "name")
    return columns.values_list(*COLUMNS)


# Every page reads it first.
SEEN = Prepared(_seen)


def _household_among(user: User, portfolios: Sequence[_Seen], household_id: UUID | None) -> UUID:
    """The household that is asked for, else one's own, else the first."""
    if household_id is None and len({row.household_id for row in portfolios}) > 1:
        member = HouseholdMember.objects.filter(user=user).first()
        household_id = member.household_id if member is not None else None
    return household_id or portfolios[0].household_id


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


def _account(row: _Seen) -> Account:
    link = None if row.provider is None else ExternalAccount(account_number=row.account_number or "")
    return Account(
        id=row.key,
        household_id=row.household_id,
        name=row.name,
        kind=row.kind,
        kind_label=KINDS.get(row.kind, row.kind),
        holder=row.holder,
        base_currency=row.base_currency,
        is_closed=row.closed_on is not None,
        provider=row.provider or "",
        number=link.masked_number if link else "",
        last_import_at=row.imported_at,
    )
