"""A refusal that a page did not catch becomes an answer a person can read, never a server error."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.defaults import page_not_found

from common.errors import DomainError, NotFound
from common.htmx import redirect_after_post, toast
from common.problems import status_of


class RefusalMiddleware:
    """Turns a DomainError of a page into a 404 page, a toast, or a message on the page one came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer to a refusal; None leaves every other exception alone."""
        return refusal_answer(request, error) if isinstance(error, DomainError) else None


def refusal_answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A 404 page, a toast for a part of a page, or the page one came from with the reason on it."""
    if isinstance(error, NotFound):
        return page_not_found(request, error)
    if getattr(request, "htmx", None):
        return toast(HttpResponse(status=status_of(error)), error.detail, level="error")
    messages.error(request, error.detail)
    return redirect_after_post(request, _page_before(request))


def _page_before(request: HttpRequest) -> str:
    """Where the request came from, as a path of this site; the start page when that is not known.

    A page that refuses its own GET would send the browser round in a circle: it leads to the start page.
    """
    referer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(referer)
    if request.method == "GET" and parts.path == request.path:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
