"""Answers that depend on who asks are kept by no cache between, and asked about again by the browser."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import has_vary_header, patch_cache_control


class PersonalAnswers:
    """Marks answers that vary by cookie as private and to be asked about again.

    It stands before the session, which notes in `Vary` that it was looked at. A view that says more of
    itself (`no-store`, or an age) is left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and mark the answer."""
        response = self.get_response(request)
        if has_vary_header(response, "Cookie") and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response
