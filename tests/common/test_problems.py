"""Problem documents: one shape for every refusal of the API."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory
from rest_framework import exceptions

from common.errors import Conflict, DomainError, InvalidInput, NotFound
from common.problems import NOTHING_HERE, problem_handler, status_of, unknown_route
from common.throttling import ThrottleUnavailable, TooManyAttempts

FIELD = {"price": ["Not a number."]}


def answer(error: Exception) -> Any:
    """What the handler makes of an error at /api/v1/x."""
    return problem_handler(error, {"request": RequestFactory().get("/api/v1/x?secret=1")})


@pytest.mark.parametrize(
    ("error", "status", "kind", "detail"),
    [
        (NotFound("Lot 7 is not yours.", code="lot"), 404, "not-found", NOTHING_HERE),
        (Http404("No Lot matches"), 404, "not-found", NOTHING_HERE),
        (exceptions.NotFound("No lot"), 404, "not-found", NOTHING_HERE),
        (Conflict("Already reversed.", code="reversed"), 409, "reversed", "Already reversed."),
        (InvalidInput("Bad price.", code="invalid_number"), 400, "invalid-number", "Bad price."),
        (DomainError("No."), 403, "refused", "No."),
        (TooManyAttempts("Wait.", code="too-many-attempts"), 429, "too-many-attempts", "Wait."),
        (ThrottleUnavailable("Later.", code="later"), 503, "later", "Later."),
        (PermissionDenied("because of X"), 403, "not-allowed", "You may not do this."),
        (exceptions.PermissionDenied("No."), 403, "not-allowed", "No."),
        (exceptions.NotAuthenticated("Who?"), 401, "not-authenticated", "Who?"),
        (exceptions.AuthenticationFailed("Old.", code="invalid-token"), 401, "invalid-token", "Old."),
        (exceptions.ParseError("JSON?"), 400, "malformed-request", "JSON?"),
        (exceptions.UnsupportedMediaType("a/b", "Not that."), 415, "unsupported-media-type", "Not that."),
        (exceptions.MethodNotAllowed("PUT", "Not PUT."), 405, "method-not-allowed", "Not PUT."),
        (exceptions.APIException(["First.", "Second."]), 500, "error", "First."),
        (exceptions.APIException({"a": "Nested."}), 500, "error", "Nested."),
        (exceptions.APIException([]), 500, "error", ""),
    ],
)
def test_every_refusal_has_its_status_and_a_stable_type(
    error: Exception, status: int, kind: str, detail: str
) -> None:
    response = answer(error)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert (response.data["type"], response.data["status"]) == (f"/problems/{kind}", status)
    assert (response.data["detail"], response.data["instance"]) == (detail, "/api/v1/x")
    assert "errors" not in response.data


def test_fields_of_a_domain_error_are_kept() -> None:
    assert answer(InvalidInput("Bad.", fields=FIELD)).data["errors"] == FIELD


@pytest.mark.parametrize(
    ("detail", "errors"),
    [
        (FIELD, FIELD),
        (["Both."], {"non_field_errors": ["Both."]}),
        ({"rows": [{}, FIELD]}, {"rows.1.price": ["Not a number."]}),
        ([FIELD, {}], {"0.price": ["Not a number."]}),
        ({"a": {"b": {"c": ["Deep."]}}}, {"a.b.c": ["Deep."]}),
        ({"a": "One."}, {"a": ["One."]}),
    ],
)
def test_nested_messages_are_flattened(detail: Any, errors: dict[str, list[str]]) -> None:
    response = answer(exceptions.ValidationError(detail))
    assert response.status_code == 400
    assert response.data["type"] == "/problems/invalid-input"
    assert response.data["errors"] == errors


def test_waiting_times_are_told() -> None:
    assert answer(TooManyAttempts("Wait.", retry_after=42))["Retry-After"] == "42"
    assert answer(exceptions.Throttled(7.2))["Retry-After"] == "8"


def test_a_bug_stays_an_exception() -> None:
    assert answer(ValueError("bug")) is None


def test_a_domain_error_of_no_known_kind_is_forbidden() -> None:
    assert status_of(DomainError("No.")) == 403


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_an_unknown_path_of_the_api_is_a_problem_document(method: str) -> None:
    response = unknown_route(getattr(RequestFactory(), method)("/api/v1/nothing"))
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(response.content)["type"] == "/problems/not-found"
