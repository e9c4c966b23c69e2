"""Every operation of the API, below /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from common.problems import unknown_route

app_name = "api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("accounts.api.urls")),
    # Last: whatever names no operation is answered as a problem document, not as a page.
    re_path(r"", unknown_route, name="unknown_route"),
]
