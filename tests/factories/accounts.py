"""People, households, grants and sign-ins for tests."""

from datetime import UTC, datetime
from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from accounts.models import Grant, Household, HouseholdMember, User

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory):
    """Somebody who signs in with PASSWORD and whose address is confirmed."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        user: User = super()._create(model_class, *args, **kwargs)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        return user


class HouseholdFactory(DjangoModelFactory):
    """A household without members."""

    class Meta:
        model = Household

    name = factory.Sequence(lambda n: f"Household {n}")


class MemberFactory(DjangoModelFactory):
    """Somebody with a login who sees all of a new household."""

    class Meta:
        model = HouseholdMember

    household = factory.SubFactory(HouseholdFactory)
    user = factory.SubFactory(UserFactory)
    name = factory.LazyAttribute(lambda member: member.user.name if member.user else "Somebody")


class GrantFactory(DjangoModelFactory):
    """Leave to read a whole household."""

    class Meta:
        model = Grant

    household = factory.SubFactory(HouseholdFactory)
    grantee = factory.SubFactory(UserFactory)
    granted_by = factory.SubFactory(UserFactory)


NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
