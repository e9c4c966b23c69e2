"""Addresses of the operations of the tax year and of the tax rules, below /api/v1/."""

from django.urls import path

from taxharvest.api import backtest_views, views, what_if_views

urlpatterns = [
    path("tax/report", views.TaxReportView.as_view(), name="tax_report"),
    path("tax/what-if", what_if_views.WhatIfView.as_view(), name="what_if"),
    path("tax-harvesting/backtests", backtest_views.BacktestsView.as_view(), name="harvest_backtests"),
    path("tax/wash-watch", what_if_views.WashWatchView.as_view(), name="wash_watch"),
]
