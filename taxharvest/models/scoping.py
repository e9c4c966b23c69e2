"""Who may see rows that belong to a household as a whole."""

from typing import Any, Self

from django.db import models

from accounts.models import HouseholdMember, User, Viewer


class HouseholdRowsQuerySet(models.QuerySet[Any]):
    """Rows of a household that tell of all its accounts."""

    def visible_to(self, user: Viewer) -> Self:
        """Those of a household whose accounts `user` sees all of; grants do not open them."""
        if not isinstance(user, User):
            return self.none()
        whole = HouseholdMember.objects.filter(user=user, sees_all=True).values("household_id")
        return self.filter(household_id__in=whole)
