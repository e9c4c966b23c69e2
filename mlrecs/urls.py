"""Addresses of the pages of intelligence."""

from django.urls import URLPattern, URLResolver, path

from mlrecs.views import anomalies, models

app_name = "mlrecs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("anomalies/", anomalies.anomalies, name="anomalies"),
    path("anomalies/<uuid:anomaly_id>/seen/", anomalies.acknowledge, name="anomaly_seen"),
    path("anomalies/<uuid:anomaly_id>/mute/", anomalies.mute, name="anomaly_mute"),
    path("models/", models.models, name="models"),
    path("models/<uuid:model_id>/", models.model_card, name="model"),
    path("models/trainings/<uuid:run_id>/progress/", models.training_progress, name="training_progress"),
    path("models/trainings/<uuid:run_id>/stop/", models.training_stop, name="training_stop"),
    path("models/trainings/<uuid:run_id>/go-on/", models.training_resume, name="training_go_on"),
]
