"""Addresses of the operations of the tax year, below /api/v1/."""

from django.urls import path

from taxharvest.api import views

urlpatterns = [path("tax/report", views.TaxReportView.as_view(), name="tax_report")]
