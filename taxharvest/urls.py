"""Addresses of the pages of the tax rules."""

from django.urls import URLPattern, URLResolver, path

from taxharvest.views import wash_watch, what_if

app_name = "taxharvest"

urlpatterns: list[URLPattern | URLResolver] = [
    path("tax/what-if/", what_if.what_if, name="what_if"),
    path("tax/wash-watch/", wash_watch.watch, name="wash_watch"),
    path("tax/wash-watch.csv", wash_watch.watch_export, name="wash_watch_export"),
]
