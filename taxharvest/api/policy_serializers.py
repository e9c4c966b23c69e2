"""What the API takes and gives of how an account is harvested, and how far without asking."""

from typing import Any

from rest_framework import serializers

from common.api_fields import AmountField
from common.money import LIMIT
from taxharvest.models import HarvestPolicy

AnySerializer = serializers.Serializer[Any]
MOST_A_DAY = 32_767


class HarvestPolicySerializer(AnySerializer):
    """How an account is harvested; amounts in its currency. A limit that is null lets nothing go unasked."""

    portfolio = serializers.UUIDField(source="portfolio_id")
    name = serializers.CharField(source="portfolio.name")
    currency = serializers.CharField(source="portfolio.base_currency")
    is_enabled = serializers.BooleanField()
    threshold = serializers.ChoiceField(choices=HarvestPolicy.Threshold.choices)
    least_benefit = AmountField(help_text="What a harvest must be worth after its costs.")
    approves_itself = serializers.BooleanField(help_text="Trade without asking, within the three limits.")
    most_loss = AmountField(allow_null=True, help_text="Loss of one harvest that goes without asking.")
    most_a_day = serializers.IntegerField(allow_null=True)
    most_tracking_error = AmountField(allow_null=True, help_text="A fraction a year: 0.015 is 1.5 %.")
    set_by = serializers.UUIDField(source="set_by_id", allow_null=True)


class HarvestPolicyChangeSerializer(AnySerializer):
    """What is to be different; what is left out stays as it is, and null takes a limit away."""

    is_enabled = serializers.BooleanField(required=False)
    threshold = serializers.ChoiceField(choices=HarvestPolicy.Threshold.choices, required=False)
    least_benefit = serializers.DecimalField(
        max_digits=20, decimal_places=8, min_value=0, max_value=LIMIT, required=False
    )
    approves_itself = serializers.BooleanField(required=False)
    most_loss = serializers.DecimalField(
        max_digits=20, decimal_places=8, min_value=0, max_value=LIMIT, required=False, allow_null=True
    )
    most_a_day = serializers.IntegerField(min_value=0, max_value=MOST_A_DAY, required=False, allow_null=True)
    most_tracking_error = serializers.DecimalField(
        max_digits=13, decimal_places=12, min_value=0, max_value=1, required=False, allow_null=True
    )
