"""Who is at a page."""

from django.http import HttpRequest

from accounts.models import User
from common.errors import NotFound


def person_of(request: HttpRequest) -> User:
    """The person who is signed in. Raises NotFound for nobody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user
