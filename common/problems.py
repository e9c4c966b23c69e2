"""Errors of the API as problem documents (RFC 9457): one shape for every refusal."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from common.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    LengthMissing,
    NotFound,
    TooLarge,
    Unprocessable,
)
from common.throttling import ThrottleUnavailable, TooManyAttempts

CONTENT_TYPE = "application/problem+json"
# The same sentence for what is missing and for what belongs to somebody else.
NOTHING_HERE = "There is nothing here, or it is not yours to see."

TITLES = {
    400: "The request cannot be used",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Not possible now",
    411: "Length required",
    413: "Too large",
    415: "Unsupported media type",
    422: "The request was refused",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available now",
}
CODES = {
    "not_authenticated": "not-authenticated",
    "authentication_failed": "not-authenticated",
    "permission_denied": "not-allowed",
    "parse_error": "malformed-request",
    "method_not_allowed": "method-not-allowed",
    "not_acceptable": "not-acceptable",
    "unsupported_media_type": "unsupported-media-type",
    "throttled": "too-many-requests",
}
STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (TooLarge, 413),
    (LengthMissing, 411),
    (InvalidInput, 400),
    (Unprocessable, 422),
    (TooManyAttempts, 429),
    (ThrottleUnavailable, 503),
)


class ProblemSerializer(serializers.Serializer[Any]):
    """The shape of every error, for the schema."""

    type = serializers.CharField(help_text="Stable: a client may decide by it.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence for people.")
    errors = serializers.DictField(  # type: ignore[assignment] # the name is the one of RFC 9457
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Sentences by field; nested fields are joined by dots.",
    )
    instance = serializers.CharField(help_text="The path that was asked for.")


def status_of(error: DomainError) -> int:
    """The HTTP status of a refusal: that of its kind, and 403 for every other one."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 403)


def problem(
    *, status: int, code: str, detail: str, instance: str, errors: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """The body of a problem document; `code` becomes its stable type `/problems/<code>`."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": TITLES.get(status, "The request was refused"),
        "status": status,
        "detail": detail,
        "instance": instance,
    }
    if errors:
        body["errors"] = errors
    return body


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """What DRF calls for an exception in a view; None for bugs, which stay exceptions."""
    instance = context["request"].path
    translated = _translate(error)
    if translated is None:
        return None
    status, code, detail, errors = translated
    set_rollback()
    body = problem(status=status, code=code, detail=detail, instance=instance, errors=errors)
    if isinstance(error, DomainError):
        body |= error.extensions
    response = Response(body, status=status, content_type=CONTENT_TYPE)
    for name, value in _headers(error).items():
        response[name] = value
    return response


def problem_response(request: HttpRequest, *, status: int, code: str, detail: str) -> JsonResponse:
    """A problem document outside of DRF: for error handlers of the roof."""
    body = problem(status=status, code=code, detail=detail, instance=request.path)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


@csrf_exempt
def unknown_route(request: HttpRequest, **_: object) -> JsonResponse:
    """The last route of the API: a path that names no operation, whatever the method."""
    return problem_response(request, status=404, code="not-found", detail=NOTHING_HERE)


Translated = tuple[int, str, str, dict[str, list[str]]]


def _translate(error: Exception) -> Translated | None:
    if isinstance(error, NotFound | Http404 | exceptions.NotFound):
        return 404, "not-found", NOTHING_HERE, {}
    if isinstance(error, DomainError):
        return status_of(error), error.code.replace("_", "-"), error.detail, error.fields
    if isinstance(error, PermissionDenied):
        return 403, "not-allowed", "You may not do this.", {}
    if isinstance(error, exceptions.ValidationError):
        return 400, "invalid-input", "Some values cannot be used.", _by_field(error.detail)
    if isinstance(error, exceptions.APIException):
        code = str(getattr(error.detail, "code", error.default_code))
        return error.status_code, CODES.get(code, code.replace("_", "-")), _sentence(error.detail), {}
    return None


def _headers(error: Exception) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, exceptions.APIException):
        if (challenge := getattr(error, "auth_header", None)) is not None:
            headers["WWW-Authenticate"] = str(challenge)
        if (wait := getattr(error, "wait", None)) is not None:
            headers["Retry-After"] = str(int(wait))
    return headers


def _by_field(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested messages, flattened: `{"rows": [{}, {"price": [...]}]}` becomes `{"rows.1.price": [...]}`."""
    own = prefix or api_settings.NON_FIELD_ERRORS_KEY
    if isinstance(detail, dict):
        pairs = [(f"{prefix}.{name}" if prefix else str(name), value) for name, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        pairs = [(f"{prefix}.{index}" if prefix else str(index), item) for index, item in enumerate(detail)]
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        return {own: [str(sentence) for sentence in sentences]} if sentences else {}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found |= _by_field(value, name)
    return found


def _sentence(detail: Any) -> str:
    if isinstance(detail, dict):
        return _sentence(next(iter(detail.values()), ""))
    if isinstance(detail, list):
        return _sentence(detail[0]) if detail else ""
    return str(detail)
