"""Who may see rows of a portfolio, of a household as a whole, and of the market."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.models import HouseholdMember, User, Viewer
from portfolios.models import Portfolio


class HouseholdRowsQuerySet(models.QuerySet[Any]):
    """Rows of a household that tell of all its accounts."""

    def visible_to(self, user: Viewer) -> Self:
        """Those of a household whose accounts `user` sees all of; grants do not open them."""
        if not isinstance(user, User):
            return self.none()
        whole = HouseholdMember.objects.filter(user=user, sees_all=True).values("household_id")
        return self.filter(household_id__in=whole)


class PortfolioOrMarketQuerySet(models.QuerySet[Any]):
    """Rows of one portfolio, or of the market when they name none."""

    def visible_to(self, user: Viewer) -> Self:
        """Those of portfolios that `user` may see, and those of the market."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(Q(portfolio__isnull=True) | Q(portfolio__in=Portfolio.objects.visible_to(user)))


class SharedOrHouseholdQuerySet(models.QuerySet[Any]):
    """Rows of a household as a whole, or of everybody when they name none."""

    def visible_to(self, user: Viewer) -> Self:
        """Those of everybody, and those of a household whose accounts `user` sees all of."""
        if not isinstance(user, User):
            return self.none()
        whole = HouseholdMember.objects.filter(user=user, sees_all=True).values("household_id")
        return self.filter(Q(household__isnull=True) | Q(household_id__in=whole))
