"""How operations of intelligence refuse, and who asks."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request

from accounts.models import User
from common.errors import NotFound
from common.problems import ProblemSerializer

PROBLEM = "application/problem+json"
REFUSALS: dict[Any, Any] = {
    (400, PROBLEM): OpenApiResponse(ProblemSerializer, description="A bad value."),
    (401, PROBLEM): OpenApiResponse(ProblemSerializer, description="Sign in."),
    (404, PROBLEM): OpenApiResponse(
        ProblemSerializer, description="There is no such thing, or it is not yours to see."
    ),
}
CONFLICT = {
    (409, PROBLEM): OpenApiResponse(ProblemSerializer, description="It has ended, or is not stopped.")
}
SPENT = {(429, PROBLEM): OpenApiResponse(ProblemSerializer, description="The quota of trainings is used up.")}


def caller(request: Request) -> User:
    """Who asks; operations are behind authentication, so there is somebody."""
    if not isinstance(request.user, User):
        raise NotFound("Nobody is signed in.", code="not-found")
    return request.user
