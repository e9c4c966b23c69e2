"""What the operations of recommendations take and give."""

from typing import Any

from rest_framework import serializers

from mlrecs.models import Recommendation

AnySerializer = serializers.Serializer[Any]


class RecommendationQuerySerializer(AnySerializer):
    """Which recommendations."""

    state = serializers.ChoiceField(
        choices=Recommendation.State.choices,
        required=False,
        help_text="Those that wait or are put off, when it is left out.",
    )
    kind = serializers.ChoiceField(choices=Recommendation.Kind.choices, required=False)


class AdviceReasonSerializer(AnySerializer):
    """One reason: a stable code, a sentence, and the numbers it rests on."""

    code = serializers.CharField()
    words = serializers.CharField()
    figures = serializers.DictField(child=serializers.CharField(), help_text="Fractions and amounts as text.")


class AdvisedOrderSerializer(AnySerializer):
    """An order that the recommendation would lay into a basket."""

    portfolio = serializers.UUIDField()
    side = serializers.ChoiceField(choices=["buy", "sell"])
    symbol = serializers.CharField()
    instrument = serializers.UUIDField()
    quantity = serializers.CharField()
    price = serializers.CharField(help_text="The close that it was reckoned at.")


class RecommendationSerializer(serializers.ModelSerializer[Recommendation]):
    """A recommendation with everything that it is decided by."""

    portfolio = serializers.UUIDField(source="portfolio_id", allow_null=True)
    reasons = AdviceReasonSerializer(many=True)
    orders = AdvisedOrderSerializer(many=True)
    figures = serializers.DictField(child=serializers.JSONField(), help_text="The evidence, by kind.")
    confidence = serializers.DictField(
        child=serializers.JSONField(), help_text="`words`, and `lines`: how far such advice came true."
    )
    costs = serializers.DictField(
        child=serializers.JSONField(),
        help_text="`spread`, `tax` (null where it is not known), `wash`, and `lines` by order.",
    )
    model = serializers.SerializerMethodField(help_text="Its name and version; null for a plain rule.")

    class Meta:
        model = Recommendation
        fields = (
            "id", "portfolio", "kind", "state", "title", "words", "reasons", "figures", "binding",
            "counterfactual", "confidence", "costs", "orders", "currency", "model", "data_until",
            "expires_at", "snoozed_until", "decided_at", "reason", "created_at",
        )  # fmt: skip

    def get_model(self, row: Recommendation) -> str | None:
        """The model as people call it."""
        return None if row.model is None else f"{row.model.name}, version {row.model.version}"


class RecommendationAcceptSerializer(AnySerializer):
    """Taking it up."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class RecommendationDismissSerializer(AnySerializer):
    """Setting it aside."""

    reason = serializers.CharField(max_length=300, help_text="Why: it is kept, and never optimised for.")


class RecommendationSnoozeSerializer(AnySerializer):
    """Putting it off."""

    until = serializers.DateTimeField(help_text="Between an hour and ninety days from now.")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
