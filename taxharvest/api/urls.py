"""Addresses of the operations of the tax rules, below /api/v1/."""

from django.urls import path

from taxharvest.api import what_if_views

urlpatterns = [
    path("tax/what-if", what_if_views.WhatIfView.as_view(), name="what_if"),
    path("tax/wash-watch", what_if_views.WashWatchView.as_view(), name="wash_watch"),
]
