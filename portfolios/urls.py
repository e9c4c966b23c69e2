"""Addresses of the pages of the book."""

from django.urls import URLPattern, URLResolver, path

from portfolios.views import (
    allocation,
    charts,
    data_check,
    explanations,
    holdings,
    imports,
    performance,
    portfolios,
    transactions,
)

app_name = "portfolios"

urlpatterns: list[URLPattern | URLResolver] = [
    path("portfolios/", portfolios.portfolio_list, name="portfolio_list"),
    path("portfolios/new/", portfolios.portfolio_new, name="portfolio_new"),
    path("portfolios/holdings.csv", portfolios.holdings_export, name="holdings_export_all"),
    path("portfolios/<uuid:portfolio_id>/", portfolios.portfolio_detail, name="portfolio_detail"),
    path("portfolios/<uuid:portfolio_id>/change/", portfolios.portfolio_change, name="portfolio_change"),
    path("portfolios/<uuid:portfolio_id>/end/", portfolios.portfolio_end, name="portfolio_end"),
    path("portfolios/<uuid:portfolio_id>/holdings.csv", portfolios.holdings_export, name="holdings_export"),
    path("holdings/<uuid:instrument_id>/", holdings.holding_detail, name="holding_detail"),
    path("holdings/<uuid:instrument_id>/prices.json", holdings.holding_prices, name="holding_prices"),
    path("holdings/<uuid:instrument_id>/lots.csv", holdings.lots_export, name="lots_export"),
    path("lots/<uuid:lot_id>/", holdings.lot_source, name="lot_source"),
    path("disposals/<uuid:disposal_id>/", holdings.disposal_source, name="disposal_source"),
    path("transactions/", transactions.transactions, name="transaction_list"),
    path("transactions.csv", transactions.transactions_export, name="transactions_export"),
    path("transactions/new/", transactions.transaction_new, name="transaction_new"),
    path("transactions/<uuid:transaction_id>/", transactions.transaction_detail, name="transaction_detail"),
    path("transactions/<uuid:transaction_id>/undo/", transactions.transaction_undo, name="transaction_undo"),
    path("performance/", performance.performance, name="performance"),
    path("performance/growth.json", charts.growth_series, name="growth_series"),
    path("performance/drawdown.json", charts.drawdown_series, name="drawdown_series"),
    path("value.json", charts.value_series, name="value_series"),
    path("allocation/", allocation.allocation, name="allocation"),
    path("allocation.csv", allocation.allocation_export, name="allocation_export"),
    path("why/<slug:figure>/", explanations.why, name="why"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<uuid:run_id>/", imports.import_detail, name="import_detail"),
    path("imports/<uuid:run_id>/progress/", imports.import_progress_part, name="import_progress"),
    path("imports/<uuid:run_id>/columns/", imports.import_mapping, name="import_mapping"),
    path("imports/<uuid:run_id>/columns/again/", imports.import_remap_view, name="import_remap"),
    path("imports/<uuid:run_id>/review/", imports.import_review, name="import_review"),
    path("imports/<uuid:run_id>/confirm/", imports.import_confirm_view, name="import_confirm"),
    path("imports/<uuid:run_id>/cancel/", imports.import_cancel_view, name="import_cancel"),
    path("imports/<uuid:run_id>/rows/", imports.import_rows, name="import_rows"),
    path("imports/<uuid:run_id>/rows.csv", imports.import_rows_csv, name="import_rows_csv"),
    path("data-check/", data_check.data_check, name="data_check"),
    path("data-check/<uuid:finding_id>/dismiss/", data_check.finding_dismiss_view, name="finding_dismiss"),
    path("data-check/<uuid:finding_id>/restore/", data_check.finding_restore_view, name="finding_restore"),
]
