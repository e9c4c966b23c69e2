"""Addresses of the operations of trading, below /api/v1/."""

from django.urls import path

from trading.api import views

urlpatterns = [
    path("trade", views.TradeView.as_view(), name="trade"),
    path("trade/preview", views.TradePreviewView.as_view(), name="trade_preview"),
    path("orders", views.OrderListView.as_view(), name="orders"),
    path("orders/<uuid:order_id>", views.OrderDetailView.as_view(), name="order_detail"),
    path("orders/<uuid:order_id>/cancel", views.OrderCancelView.as_view(), name="order_cancel"),
    path("orders/<uuid:order_id>/change", views.OrderChangeView.as_view(), name="order_change"),
    path("gateways", views.GatewayListView.as_view(), name="gateways"),
    path("reconciliation", views.ReconciliationView.as_view(), name="reconciliation"),
]
