"""Addresses of the pages of people and households."""

from django.urls import path

from accounts.views import demo, settings, tax_profile

app_name = "accounts"

urlpatterns = [
    path("settings/", settings.settings_page, name="settings"),
    path("settings/profile/", settings.profile_change, name="profile_change"),
    path("settings/household/", settings.household_change, name="household_change"),
    path("settings/filing-status/", settings.filing_status_change, name="filing_status_change"),
    path("settings/tax/", tax_profile.tax_profile_now, name="tax_profile_now"),
    path("settings/tax/<int:year>/", tax_profile.tax_profile, name="tax_profile"),
    path("settings/sign-ins/end/", settings.sign_ins_end, name="sign_ins_end"),
    path("settings/sign-ins/<uuid:family_id>/end/", settings.sign_in_end, name="sign_in_end"),
    path("settings/close/", settings.deactivate, name="deactivate"),
    path("demo/", demo.demo_enter, name="demo_enter"),
]
