"""Addresses of the pages of risk, anomalies, advice, models and lessons."""

from django.urls import URLPattern, URLResolver, path

from mlrecs.views import lessons, risk, sentiment

app_name = "mlrecs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("risk/", risk.risk, name="risk"),
    path("risk/<uuid:portfolio_id>/", risk.risk_detail, name="risk_detail"),
    path("risk/<uuid:portfolio_id>/measure/", risk.risk_measure_now, name="risk_measure_now"),
    path("risk/<uuid:portfolio_id>/progress/", risk.risk_progress, name="risk_progress"),
    path("insights/sentiment/", sentiment.sentiment, name="sentiment"),
    path("learn/", lessons.learn, name="learn"),
    path("learn/<slug:slug>/", lessons.lesson, name="lesson"),
    path("learn/<slug:slug>/progress/", lessons.lesson_progress, name="lesson_progress"),
]
