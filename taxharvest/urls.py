"""Addresses of the pages of the tax year and of the tax rules."""

from django.urls import URLPattern, URLResolver, path

from taxharvest.views import centre, forms, planner, rebalances, reconciliation, wash_watch, what_if

app_name = "taxharvest"

urlpatterns: list[URLPattern | URLResolver] = [
    path("tax/", centre.tax_centre, name="tax_centre"),
    path("tax/<int:year>/forms/", forms.tax_forms_page, name="tax_forms"),
    path("tax/<int:year>/forms/<slug:form>.<slug:file_format>", forms.tax_form_file, name="tax_form_file"),
    path("tax/<int:year>/1099b/", reconciliation.reconciliation, name="reconciliation"),
    path("tax/what-if/", what_if.what_if, name="what_if"),
    path("tax/wash-watch/", wash_watch.watch, name="wash_watch"),
    path("tax/wash-watch.csv", wash_watch.watch_export, name="wash_watch_export"),
    path("tax/planner/", planner.planner, name="planner"),
    path("rebalance/", rebalances.rebalances, name="rebalances"),
    path("rebalance/<uuid:rebalance_id>/", rebalances.rebalance, name="rebalance"),
    path("rebalance/<uuid:rebalance_id>/progress/", rebalances.rebalance_progress, name="rebalance_progress"),
    path("rebalance/<uuid:rebalance_id>/orders/", rebalances.rebalance_preview, name="rebalance_preview"),
    path("rebalance/<uuid:rebalance_id>/orders/send/", rebalances.rebalance_send, name="rebalance_send"),
]
