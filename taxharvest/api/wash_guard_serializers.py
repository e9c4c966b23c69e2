"""What the API says of the wash guard: its windows, alerts and setting."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from common.api_fields import AmountField
from taxharvest.engine.harvest.wash_windows import WindowCause, WindowKind
from taxharvest.models import HarvestAlert, WashGuard

AnySerializer = serializers.Serializer[Any]
MONTH = timedelta(days=30)
# More days than this are not looked through at once.
LONGEST = timedelta(days=366)


class WashWindowQuerySerializer(AnySerializer):
    """The days asked for, the next thirty by default, and an account that names the household."""

    portfolio = serializers.UUIDField(required=False)
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both days, in order."""
        first = attrs.get("first") or timezone.localdate()
        last = attrs.get("last") or first + MONTH
        if not first <= last <= first + LONGEST:
            raise serializers.ValidationError({"last": "Give a day from the first one on, a year at most."})
        return attrs | {"first": first, "last": last}


class WashWindowSerializer(AnySerializer):
    """A window; `at_stake` is null where it hangs on the price or is of an account that is not shown."""

    kind = serializers.ChoiceField(source="window.kind.value", choices=[kind.value for kind in WindowKind])
    opened_by = serializers.ChoiceField(
        source="window.cause.value", choices=[cause.value for cause in WindowCause]
    )
    symbols = serializers.ListField(child=serializers.CharField())
    account = serializers.CharField()
    reason = serializers.CharField()
    begins = serializers.DateField(source="window.begins")
    ends = serializers.DateField(source="window.ends")
    free_on = serializers.DateField(source="window.free_on")
    shares = AmountField(source="window.shares")
    at_stake = AmountField(allow_null=True)
    currency = serializers.CharField(source="window.currency")
    transaction = serializers.UUIDField(source="transaction_id", allow_null=True)


class WashWindowListSerializer(AnySerializer):
    """The windows of a household that are open on some day asked for, by their first day."""

    first = serializers.DateField()
    last = serializers.DateField()
    windows = WashWindowSerializer(many=True)


class WashAlertSerializer(AnySerializer):
    """Something to look at now, with the money at stake."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=HarvestAlert.Kind.choices)
    words = serializers.CharField()
    at_stake = AmountField()
    currency = serializers.CharField()
    portfolio = serializers.UUIDField(source="portfolio_id")
    harvest = serializers.UUIDField(source="harvest_id", allow_null=True)
    seen_at = serializers.DateTimeField()


class WashGuardSerializer(AnySerializer):
    """Whether an order that washes a loss asks or is refused."""

    reaction = serializers.ChoiceField(choices=WashGuard.Reaction.choices)
