"""Which models are watched for drift, and how often their threshold was crossed lately."""

from decimal import Decimal

from mlrecs.models import AnomalyScore, ModelVersion

PLACES = Decimal("0.0001")


def models_watched() -> list[ModelVersion]:
    """Champions and challengers that learnt from returns."""
    status = ModelVersion.Status
    rows = ModelVersion.objects.filter(
        status__in=(status.CHAMPION, status.CHALLENGER), weights__isnull=False, data_until__isnull=False
    )
    return list(rows.defer("weights").order_by("-created_at"))


def alarm_share(model: ModelVersion, days: int) -> Decimal | None:
    """The share of the last `days` of the market that crossed a model's threshold; None without any."""
    rows = AnomalyScore.objects.filter(portfolio=None, model=model, learned__isnull=False)
    scores = list(rows.order_by("-day").values_list("learned", flat=True)[:days])
    if not scores:
        return None
    beyond = sum(score is not None and score >= 1 for score in scores)
    return (Decimal(beyond) / len(scores)).quantize(PLACES)
