"""Addresses of the operations of risk, anomalies, advice, models and lessons, below /api/v1/."""

from django.urls import path

from mlrecs.api import advice_views, lesson_views, news_views

urlpatterns = [
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
]
