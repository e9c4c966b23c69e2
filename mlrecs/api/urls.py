"""Addresses of the operations of risk, anomalies, advice, models and lessons, below /api/v1/."""

from django.urls import path

from mlrecs.api import lesson_views

urlpatterns = [
    path("lessons", lesson_views.LessonListView.as_view(), name="lessons"),
    path("lessons/<slug:slug>", lesson_views.LessonView.as_view(), name="lesson"),
]
