"""Addresses of the pages of risk, anomalies, advice, models and lessons."""

from django.urls import URLPattern, URLResolver, path

from mlrecs.views import lessons, sentiment

app_name = "mlrecs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("insights/sentiment/", sentiment.sentiment, name="sentiment"),
    path("learn/", lessons.learn, name="learn"),
    path("learn/<slug:slug>/", lessons.lesson, name="lesson"),
    path("learn/<slug:slug>/progress/", lessons.lesson_progress, name="lesson_progress"),
]
