"""Addresses of the operations of risk, anomalies, advice, models and lessons, below /api/v1/."""

from django.urls import path

from mlrecs.api import advice_views, anomaly_views, lesson_views, model_views, news_views, risk_views

urlpatterns = [
    path("risk", risk_views.RiskListView.as_view(), name="risk"),
    path("risk/<uuid:portfolio_id>", risk_views.RiskView.as_view(), name="risk_report"),
    path("recommendations", advice_views.RecommendationListView.as_view(), name="recommendations"),
    path(
        "recommendations/<uuid:recommendation_id>",
        advice_views.RecommendationView.as_view(),
        name="recommendation",
    ),
    path(
        "recommendations/<uuid:recommendation_id>/accept",
        advice_views.RecommendationAcceptView.as_view(),
        name="recommendation_accept",
    ),
    path(
        "recommendations/<uuid:recommendation_id>/dismiss",
        advice_views.RecommendationDismissView.as_view(),
        name="recommendation_dismiss",
    ),
    path(
        "recommendations/<uuid:recommendation_id>/snooze",
        advice_views.RecommendationSnoozeView.as_view(),
        name="recommendation_snooze",
    ),
    path("lessons", lesson_views.LessonListView.as_view(), name="lessons"),
    path("news", news_views.NewsListView.as_view(), name="news"),
    path("lessons/<slug:slug>", lesson_views.LessonView.as_view(), name="lesson"),
    path("anomalies", anomaly_views.AnomalyListView.as_view(), name="anomalies"),
    path("anomalies/scores", anomaly_views.AnomalyScoreListView.as_view(), name="anomaly_scores"),
    path(
        "anomalies/<uuid:anomaly_id>/acknowledge",
        anomaly_views.AnomalyAcknowledgeView.as_view(),
        name="anomaly_acknowledge",
    ),
    path("anomalies/<uuid:anomaly_id>/mute", anomaly_views.AnomalyMuteView.as_view(), name="anomaly_mute"),
    path("models", model_views.ModelListView.as_view(), name="models"),
    path("models/trainings", model_views.TrainingListView.as_view(), name="trainings"),
    path("models/trainings/<uuid:run_id>", model_views.TrainingView.as_view(), name="training"),
    path("models/trainings/<uuid:run_id>/stop", model_views.TrainingStopView.as_view(), name="training_stop"),
    path(
        "models/trainings/<uuid:run_id>/go-on", model_views.TrainingGoOnView.as_view(), name="training_go_on"
    ),
    path("models/<uuid:model_id>", model_views.ModelView.as_view(), name="model"),
]
