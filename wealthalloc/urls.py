"""Every route of the product."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from wealthalloc import export, household

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("accounts.urls")),
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
