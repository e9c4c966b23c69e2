"""Answers that a client may keep and ask about: `ETag` and `If-None-Match` for the API."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.views import APIView


class ConditionalGet(APIView):
    """A view whose GETs carry an `ETag` and answer 304 to an `If-None-Match` that still holds.

    The answer is still computed: what is saved is the transfer, and the client's work. Answers are one
    person's, so no cache between may keep them.
    """

    @method_decorator(conditional_page)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and mark the answer as private and to be asked about again."""
        response = super().dispatch(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response
