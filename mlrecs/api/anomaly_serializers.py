"""What the operations of anomalies take and give; scores are multiples of their threshold."""

from typing import Any

from rest_framework import serializers

from mlrecs.forms.anomalies import MuteForm
from mlrecs.models import Anomaly, AnomalyScore


class SubjectSerializer(serializers.Serializer[Any]):
    """Whose anomalies or scores."""

    portfolio = serializers.UUIDField(required=False, help_text="An account; the market when left out.")


class ScoreQuerySerializer(SubjectSerializer):
    """Whose scores, and of which days."""

    first = serializers.DateField(required=False, help_text="No day before this one.")
    last = serializers.DateField(required=False, help_text="No day after this one.")


class AnomalySerializer(serializers.ModelSerializer[Anomaly]):
    """Something unusual: what, how grave, since when, which holdings, and who has looked at it."""

    portfolio = serializers.UUIDField(source="portfolio_id", allow_null=True, read_only=True)
    symbol = serializers.CharField(
        source="instrument.symbol", default="", help_text="Of a finding about prices."
    )
    drivers = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Symbol and share of the score, largest first.",
    )

    class Meta:
        model = Anomaly
        fields = (
            "id", "portfolio", "symbol", "kind", "severity", "began", "ended", "words", "drivers",
            "acknowledged_at", "muted_until",
        )  # fmt: skip


class AnomalyScoreSerializer(serializers.ModelSerializer[AnomalyScore]):
    """A day: each part as a multiple of its threshold, null where it was not scored."""

    drivers = serializers.DictField(
        child=serializers.JSONField(),
        help_text="By part: the number, the threshold and the holdings, or the reason that there is none.",
    )

    class Meta:
        model = AnomalyScore
        fields = ("day", "volatility", "co_movement", "learned", "is_alarm", "drivers")


class MuteSerializer(serializers.Serializer[Any]):
    """For how long."""

    days = serializers.IntegerField(
        min_value=0, max_value=365, default=MuteForm.USUAL, help_text="From today on; 0 lets it speak again."
    )
