"""Addresses of the pages of the tax year and of the tax rules."""

from django.urls import URLPattern, URLResolver, path

from taxharvest.views import (
    centre,
    forms,
    planned_purchases,
    reconciliation,
    wash_guards,
    wash_watch,
    wash_windows,
    what_if,
)

app_name = "taxharvest"

urlpatterns: list[URLPattern | URLResolver] = [
    path("tax/", centre.tax_centre, name="tax_centre"),
    path("tax/<int:year>/forms/", forms.tax_forms_page, name="tax_forms"),
    path("tax/<int:year>/forms/<slug:form>.<slug:file_format>", forms.tax_form_file, name="tax_form_file"),
    path("tax/<int:year>/1099b/", reconciliation.reconciliation, name="reconciliation"),
    path("tax/what-if/", what_if.what_if, name="what_if"),
    path("tax/wash-watch/", wash_watch.watch, name="wash_watch"),
    path("tax/wash-watch/alerts/<uuid:alert_id>/close/", wash_guards.alert_seen, name="alert_seen"),
    path("tax/wash-watch/windows/", wash_windows.windows, name="wash_windows"),
    path("tax/wash-watch/planned-purchases/", planned_purchases.planned_purchases, name="planned_purchases"),
    path(
        "tax/wash-watch/planned-purchases/<uuid:plan_id>/pause/",
        planned_purchases.plan_pause,
        name="plan_pause",
    ),
    path(
        "tax/wash-watch/planned-purchases/<uuid:plan_id>/go-on/",
        planned_purchases.plan_go_on,
        name="plan_go_on",
    ),
    path("tax/wash-watch/planned-purchases/<uuid:plan_id>/end/", planned_purchases.plan_end, name="plan_end"),
    path(
        "tax/wash-watch/reinvestment/<uuid:portfolio_id>/pause/",
        planned_purchases.pause_reinvestment,
        name="reinvestment_pause",
    ),
    path(
        "tax/wash-watch/reinvestment/<uuid:portfolio_id>/go-on/",
        planned_purchases.reinvestment_go_on,
        name="reinvestment_go_on",
    ),
    path("settings/wash-guard/", wash_guards.wash_guard_change, name="wash_guard_change"),
    path("tax/wash-watch.csv", wash_watch.watch_export, name="wash_watch_export"),
]
