"""One account, to be read or to be changed, and whose books deal in an instrument."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User, Viewer
from common.errors import NotFound
from portfolios.models import Instrument, Portfolio, Transaction


def portfolio_get(user: Viewer, portfolio_id: UUID) -> Portfolio:
    """An account that `user` may see. Raises NotFound for any other."""
    return _or_not_found(
        Portfolio.objects.visible_to(user)
        .select_related("household", "holder", "external_account")
        .filter(pk=portfolio_id)
        .first()
    )


def portfolio_edit(user: Viewer, portfolio_id: UUID) -> Portfolio:
    """An account into which `user` may record. Raises NotFound for any other."""
    return _or_not_found(
        Portfolio.objects.editable_by(user)
        .select_related("household", "holder", "external_account")
        .filter(pk=portfolio_id)
        .first()
    )


def may_record(user: Viewer) -> bool:
    """Whether there is any account into which `user` may record."""
    return isinstance(user, User) and Portfolio.objects.editable_by(user).exists()


def instrument_get(user: Viewer, instrument_id: UUID) -> Instrument:
    """An instrument of a visible account, or one that all know. Raises NotFound for any other."""
    found = Instrument.objects.visible_to(user).filter(pk=instrument_id).first()
    if found is None:
        raise NotFound("There is no such holding.", code="not-found")
    return found


def instruments_known(household_id: UUID) -> QuerySet[Instrument]:
    """The instruments that a household's accounts may deal in: those that all know, and its own."""
    return Instrument.objects.known_to(household_id)


def instrument_known(household_id: UUID, instrument_id: UUID) -> Instrument:
    """One of them. Raises NotFound for any other."""
    found = instruments_known(household_id).filter(pk=instrument_id).first()
    if found is None:
        raise NotFound("There is no such instrument.", code="not-found")
    return found


def households_dealing_in(instrument_ids: Iterable[UUID]) -> list[UUID]:
    """The households with a ledger row in one of these instruments: for operators, who see everybody's."""
    dealt = Transaction.objects.filter(instrument_id__in=instrument_ids)
    return sorted(dealt.order_by().values_list("portfolio__household_id", flat=True).distinct())


def _or_not_found(row: Portfolio | None) -> Portfolio:
    if row is None:
        raise NotFound("There is no such account.", code="not-found")
    return row
