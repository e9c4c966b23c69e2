"""Every operation of the API, below /api/v1/."""

from csp.decorators import csp_update
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from common.problems import unknown_route

app_name = "api"
# The one style that the page of the documentation brings with it, by its digest.
DOCS_STYLE = "'sha256-MMpT0iDxyjALd9PdfepImGX3DBfJPXZ4IlDWdPAgtn0='"

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="schema"),
    # The plain view puts its script into the page, which the content security policy forbids.
    # It describes itself to nobody: its one renderer is a page, which cannot hold that description.
    path(
        "docs/",
        csp_update({"style-src": DOCS_STYLE})(
            SpectacularSwaggerSplitView.as_view(
                url_name="api:schema", permission_classes=[AllowAny], metadata_class=None
            )
        ),
        name="docs",
    ),
    path("", include("accounts.api.urls")),
    path("", include("portfolios.api.urls")),
    path("", include("trading.api.urls")),
    path("", include("taxharvest.api.urls")),
    path("", include("mlrecs.api.urls")),
    # Last: whatever names no operation is answered as a problem document, not as a page.
    re_path(r"", unknown_route, name="unknown_route"),
]
