"""Target weights as the API takes and tells them."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from common.api_fields import AmountField
from portfolios.models import Target


def _fraction(**extra: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=24, decimal_places=12, min_value=Decimal(0), max_value=Decimal(1), **extra
    )


class TargetInputSerializer(serializers.Serializer[Any]):
    """One target: a fraction of the household's wealth, and its band."""

    kind = serializers.ChoiceField(choices=Target.Kind.choices)
    key = serializers.CharField(max_length=60, help_text="A symbol, an asset class or a sector, by `kind`.")
    weight = _fraction(help_text="A fraction of the wealth: 0.4 for 40 %.")
    band = _fraction(default=Decimal("0.05"), help_text="The drift beyond which it is brought back.")


class TargetsInputSerializer(serializers.Serializer[Any]):
    """All targets of a household, in place of those before."""

    targets = TargetInputSerializer(many=True)


class TargetSerializer(serializers.Serializer[Any]):
    """One target with where it stands."""

    kind = serializers.CharField(source="target.kind")
    key = serializers.CharField(source="target.key")
    target = AmountField(source="target.weight")
    band = AmountField(source="target.band")
    value = AmountField()
    weight = AmountField(help_text="The fraction that it is now.")
    drift = AmountField(help_text="`weight` less `target`.")
    is_outside = serializers.BooleanField(help_text="Whether it has left its band.")


class TargetTableSerializer(serializers.Serializer[Any]):
    """The targets of a household against what it holds."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    targets = TargetSerializer(many=True, source="drifts.lines")
    untargeted = AmountField(source="drifts.untargeted", help_text="Worth of what no target covers.")
    cash = AmountField(source="drifts.cash")
    total = AmountField(source="drifts.total")
    missing = serializers.ListField(child=serializers.CharField(), help_text="Without a usable price.")
