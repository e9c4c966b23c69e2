"""Addresses of the operations of the book, below /api/v1/."""

from django.urls import path

from portfolios.api import import_views, target_views, views

urlpatterns = [
    path("dashboard", views.DashboardView.as_view(), name="dashboard"),
    path("portfolio", views.PortfolioListView.as_view(), name="portfolio_list"),
    path("portfolio/<uuid:portfolio_id>", views.PortfolioDetailView.as_view(), name="portfolio_detail"),
    path("portfolio/<uuid:portfolio_id>/holdings", views.HoldingListView.as_view(), name="holdings"),
    path("portfolio/<uuid:portfolio_id>/lots", views.LotListView.as_view(), name="lots"),
    path("portfolio/<uuid:portfolio_id>/disposals", views.DisposalListView.as_view(), name="disposals"),
    path(
        "portfolio/<uuid:portfolio_id>/transactions", views.TransactionListView.as_view(), name="transactions"
    ),
    path("portfolio/<uuid:portfolio_id>/prices", views.PriceListView.as_view(), name="prices"),
    path("portfolio/<uuid:portfolio_id>/performance", views.PerformanceView.as_view(), name="performance"),
    path("portfolio/<uuid:portfolio_id>/allocation", views.AllocationView.as_view(), name="allocation"),
    path("targets", target_views.TargetsView.as_view(), name="targets"),
    path("imports", import_views.ImportListView.as_view(), name="imports"),
    path("imports/<uuid:run_id>", import_views.ImportDetailView.as_view(), name="import_detail"),
    path("imports/<uuid:run_id>/rows", import_views.ImportRowListView.as_view(), name="import_rows"),
    path("imports/<uuid:run_id>/confirm", import_views.ImportConfirmView.as_view(), name="import_confirm"),
    path("imports/<uuid:run_id>/cancel", import_views.ImportCancelView.as_view(), name="import_cancel"),
]
