"""Addresses of the pages of risk, anomalies, advice, models and lessons."""

from django.urls import URLPattern, URLResolver, path

from mlrecs.views import anomalies, insights, lessons, models, profiles, risk, sentiment

app_name = "mlrecs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("risk/", risk.risk, name="risk"),
    path("risk/<uuid:portfolio_id>/", risk.risk_detail, name="risk_detail"),
    path("risk/<uuid:portfolio_id>/measure/", risk.risk_measure_now, name="risk_measure_now"),
    path("risk/<uuid:portfolio_id>/progress/", risk.risk_progress, name="risk_progress"),
    path("insights/", insights.inbox, name="insights"),
    path("insights/look/", insights.look, name="insights_look"),
    path("insights/profile/", profiles.profile, name="risk_profile"),
    path("insights/views/", profiles.market_views, name="market_views"),
    path("insights/views/<uuid:view_id>/forget/", profiles.market_view_drop, name="market_view_drop"),
    path("insights/<uuid:recommendation_id>/", insights.detail, name="insight"),
    path("insights/<uuid:recommendation_id>/accept/", insights.accept, name="insight_accept"),
    path("insights/<uuid:recommendation_id>/basket/", insights.basket, name="insight_basket"),
    path("insights/<uuid:recommendation_id>/dismiss/", insights.dismiss, name="insight_dismiss"),
    path("insights/<uuid:recommendation_id>/snooze/", insights.snooze, name="insight_snooze"),
    path("insights/sentiment/", sentiment.sentiment, name="sentiment"),
    path("learn/", lessons.learn, name="learn"),
    path("learn/<slug:slug>/", lessons.lesson, name="lesson"),
    path("learn/<slug:slug>/progress/", lessons.lesson_progress, name="lesson_progress"),
    path("anomalies/", anomalies.anomalies, name="anomalies"),
    path("anomalies/<uuid:anomaly_id>/seen/", anomalies.acknowledge, name="anomaly_seen"),
    path("anomalies/<uuid:anomaly_id>/mute/", anomalies.mute, name="anomaly_mute"),
    path("models/", models.models, name="models"),
    path("models/<uuid:model_id>/", models.model_card, name="model"),
    path("models/trainings/<uuid:run_id>/progress/", models.training_progress, name="training_progress"),
    path("models/trainings/<uuid:run_id>/stop/", models.training_stop, name="training_stop"),
    path("models/trainings/<uuid:run_id>/go-on/", models.training_resume, name="training_go_on"),
]
