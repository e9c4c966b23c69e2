"""Addresses of the pages of risk, anomalies, advice, models and lessons."""

from django.urls import URLPattern, URLResolver, path

from mlrecs.views import insights, lessons, profiles, sentiment

app_name = "mlrecs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("insights/", insights.inbox, name="insights"),
    path("insights/look/", insights.look, name="insights_look"),
    path("insights/profile/", profiles.profile, name="risk_profile"),
    path("insights/views/", profiles.market_views, name="market_views"),
    path("insights/views/<uuid:view_id>/forget/", profiles.market_view_drop, name="market_view_drop"),
    path("insights/<uuid:recommendation_id>/", insights.detail, name="insight"),
    path("insights/<uuid:recommendation_id>/accept/", insights.accept, name="insight_accept"),
    path("insights/<uuid:recommendation_id>/dismiss/", insights.dismiss, name="insight_dismiss"),
    path("insights/<uuid:recommendation_id>/snooze/", insights.snooze, name="insight_snooze"),
    path("insights/sentiment/", sentiment.sentiment, name="sentiment"),
    path("learn/", lessons.learn, name="learn"),
    path("learn/<slug:slug>/", lessons.lesson, name="lesson"),
    path("learn/<slug:slug>/progress/", lessons.lesson_progress, name="lesson_progress"),
]
