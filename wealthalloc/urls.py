"""Every route of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from wealthalloc import export, household, views
from wealthalloc.style_guide import style_guide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.welcome, name="welcome"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/days/<str:day>/", views.dashboard_day, name="dashboard_day"),
    path("search/", views.palette, name="palette"),
    path("banners/", views.banners, name="banners"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("sw.js", views.service_worker, name="service_worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("offline/", views.offline, name="offline"),
    path("", include("accounts.urls")),
    path("", include("portfolios.urls")),
    path("", include("trading.urls")),
    path("", include("taxharvest.urls")),
    path("", include("mlrecs.urls")),
    path("settings/export/", export.export_everything, name="export_everything"),
    path("household/", household.household_page, name="household"),
    path("household/members/", household.member_new, name="member_new"),
    path("household/members/<uuid:member_id>/", household.member_edit, name="member_edit"),
    path("household/members/<uuid:member_id>/remove/", household.member_drop, name="member_drop"),
    path("household/grants/", household.grant_new, name="grant_new"),
    path("household/grants/<uuid:grant_id>/revoke/", household.grant_end, name="grant_end"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("wealthalloc.api_urls")),
]

if settings.DEBUG or settings.DEMO:
    urlpatterns.append(path("style-guide/", style_guide, name="style_guide"))
