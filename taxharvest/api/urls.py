"""Addresses of the operations of the tax year and of the tax rules, below /api/v1/."""

from django.urls import path

from taxharvest.api import views, wash_guard_views, what_if_views

urlpatterns = [
    path("tax/report", views.TaxReportView.as_view(), name="tax_report"),
    path("tax/what-if", what_if_views.WhatIfView.as_view(), name="what_if"),
    path("tax/wash-watch", what_if_views.WashWatchView.as_view(), name="wash_watch"),
    path("tax-harvesting/windows", wash_guard_views.WindowsView.as_view(), name="wash_windows"),
    path("tax-harvesting/alerts", wash_guard_views.AlertsView.as_view(), name="wash_alerts"),
    path(
        "tax-harvesting/alerts/<uuid:alert_id>/close",
        wash_guard_views.AlertCloseView.as_view(),
        name="wash_alert_close",
    ),
    path("tax-harvesting/wash-guard", wash_guard_views.WashGuardView.as_view(), name="wash_guard"),
]
