"""Routes of the book."""

from django.urls import URLPattern, URLResolver, path

from portfolios.views import data_check, imports

app_name = "portfolios"

urlpatterns: list[URLPattern | URLResolver] = [
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
    path(
        "data-check/<uuid:finding_id>/dismiss/", data_check.finding_dismiss_view, name="finding_dismiss"
    ),
    path(
        "data-check/<uuid:finding_id>/restore/", data_check.finding_restore_view, name="finding_restore"
    ),
]
