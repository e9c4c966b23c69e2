"""Addresses of the operations of the tax year and of the tax rules, below /api/v1/."""

from django.urls import path

from taxharvest.api import (
    backtest_views,
    harvest_views,
    plan_views,
    planner_views,
    policy_views,
    rebalance_views,
    views,
    wash_guard_views,
    what_if_views,
)

urlpatterns = [
    path("tax-harvesting", harvest_views.HarvestListView.as_view(), name="tax_harvesting"),
    path("tax-harvesting/scan", harvest_views.HarvestScanView.as_view(), name="tax_harvesting_scan"),
    path("tax-harvesting/scans", harvest_views.HarvestScanListView.as_view(), name="tax_harvesting_scans"),
    path(
        "tax-harvesting/scans/<uuid:scan_id>",
        harvest_views.HarvestScanProgressView.as_view(),
        name="tax_harvesting_scan_progress",
    ),
    path("tax-harvesting/kpis", harvest_views.HarvestKpisView.as_view(), name="tax_harvesting_kpis"),
    path("tax-harvesting/policies", policy_views.PolicyListView.as_view(), name="tax_harvesting_policies"),
    path(
        "tax-harvesting/policies/<uuid:portfolio_id>",
        policy_views.PolicyView.as_view(),
        name="tax_harvesting_policy",
    ),
    path("tax-harvesting/plans", plan_views.PlanListView.as_view(), name="tax_harvesting_plans"),
    path("tax-harvesting/plans/<uuid:plan_id>", plan_views.PlanView.as_view(), name="tax_harvesting_plan"),
    path(
        "tax-harvesting/plans/<uuid:plan_id>/decide",
        plan_views.PlanDecideView.as_view(),
        name="tax_harvesting_plan_decide",
    ),
    path(
        "tax-harvesting/<uuid:harvest_id>/approve",
        plan_views.HarvestApproveView.as_view(),
        name="tax_harvesting_approve",
    ),
    path(
        "tax-harvesting/<uuid:harvest_id>/propose",
        plan_views.HarvestProposeView.as_view(),
        name="tax_harvesting_propose",
    ),
    path(
        "tax-harvesting/<uuid:harvest_id>/dismiss",
        plan_views.HarvestDismissView.as_view(),
        name="tax_harvesting_dismiss",
    ),
    path("tax-harvesting/<uuid:harvest_id>", harvest_views.HarvestView.as_view(), name="tax_harvesting_one"),
    path("tax/report", views.TaxReportView.as_view(), name="tax_report"),
    path("tax/what-if", what_if_views.WhatIfView.as_view(), name="what_if"),
    path("tax-harvesting/backtests", backtest_views.BacktestsView.as_view(), name="harvest_backtests"),
    path("tax/wash-watch", what_if_views.WashWatchView.as_view(), name="wash_watch"),
    path("tax-harvesting/windows", wash_guard_views.WindowsView.as_view(), name="wash_windows"),
    path("tax-harvesting/alerts", wash_guard_views.AlertsView.as_view(), name="wash_alerts"),
    path(
        "tax-harvesting/alerts/<uuid:alert_id>/close",
        wash_guard_views.AlertCloseView.as_view(),
        name="wash_alert_close",
    ),
    path("tax-harvesting/wash-guard", wash_guard_views.WashGuardView.as_view(), name="wash_guard"),
    path("tax/planner", planner_views.PlannerView.as_view(), name="planner"),
    path("rebalances", rebalance_views.RebalanceListView.as_view(), name="rebalances"),
    path(
        "rebalances/<uuid:rebalance_id>",
        rebalance_views.RebalanceDetailView.as_view(),
        name="rebalance",
    ),
]
