"""Addresses of the operations of the tax year and of the tax rules, below /api/v1/."""

from django.urls import path

from taxharvest.api import planner_views, rebalance_views, views, what_if_views

urlpatterns = [
    path("tax/report", views.TaxReportView.as_view(), name="tax_report"),
    path("tax/what-if", what_if_views.WhatIfView.as_view(), name="what_if"),
    path("tax/wash-watch", what_if_views.WashWatchView.as_view(), name="wash_watch"),
    path("tax/planner", planner_views.PlannerView.as_view(), name="planner"),
    path("rebalances", rebalance_views.RebalanceListView.as_view(), name="rebalances"),
    path(
        "rebalances/<uuid:rebalance_id>",
        rebalance_views.RebalanceDetailView.as_view(),
        name="rebalance",
    ),
]
