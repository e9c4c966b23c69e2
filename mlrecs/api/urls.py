"""Addresses of the operations of risk, anomalies, advice, models and lessons, below /api/v1/."""

from django.urls import path

from mlrecs.api import lesson_views, news_views

urlpatterns = [
    path("lessons", lesson_views.LessonListView.as_view(), name="lessons"),
    path("news", news_views.NewsListView.as_view(), name="news"),
    path("lessons/<slug:slug>", lesson_views.LessonView.as_view(), name="lesson"),
]
