"""Pages and parts of pages: which one a request wants, and what a part may tell the page around it."""

import json
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

Level = Literal["info", "success", "warning", "error"]


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page (a boosted link or a restored page wants the whole)."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page_or_part(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    part: str,
    status: int = 200,
) -> HttpResponse:
    """The page, or only its `{% partialdef part %}` when htmx asks for it."""
    name = f"{template}#{part}" if wants_part(request) else template
    response = render(request, name, context, status=status)
    # One address has two answers: no cache may give one for the other.
    patch_vary_headers(response, ["HX-Request"])
    return response


def redirect_after_post(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to `url` after a write, by script or without it."""
    if getattr(request, "htmx", None):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    see_other = HttpResponseRedirect(url)
    see_other.status_code = 303
    return see_other


def toast(response: HttpResponse, message: str, *, level: Level = "success") -> HttpResponse:
    """Let the page around the part show a short message; other events of the response are kept."""
    events: dict[str, Any] = json.loads(response.get("HX-Trigger", "{}"))
    events["toast"] = {"level": level, "message": message}
    response["HX-Trigger"] = json.dumps(events)
    return response
