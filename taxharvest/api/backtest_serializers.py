"""What the operation of back-tests takes and gives."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.money import LIMIT
from taxharvest.models import HarvestBacktest
from taxharvest.quant.backtest.assumptions import (
    PATHS,
    YEARS,
    Assumptions,
    Deposits,
    Review,
    Threshold,
    Use,
    assumptions_read,
)

USUAL = Assumptions()


def _members(kind: Any) -> list[str]:
    return [member.value for member in kind]


class BacktestAskSerializer(serializers.Serializer[Any]):
    """Assumptions; what is left out stays as usual."""

    years = serializers.IntegerField(
        min_value=YEARS[0], max_value=YEARS[1], default=USUAL.years, help_text="How long accounts are held."
    )
    rates = serializers.CharField(
        max_length=40,
        default=str(USUAL.rates),
        help_text="Short/long in per cent, each a sum where wanted: `35/15`, `37+3.8/20+3.8`.",
    )
    review = serializers.ChoiceField(choices=_members(Review), default=USUAL.review.value)
    deposits = serializers.ChoiceField(choices=_members(Deposits), default=USUAL.deposits.value)
    threshold = serializers.ChoiceField(choices=_members(Threshold), default=USUAL.threshold.value)
    use = serializers.ChoiceField(
        choices=_members(Use), default=USUAL.use.value, help_text="What the losses are good for."
    )
    cost = serializers.DecimalField(
        max_digits=20,
        decimal_places=8,
        max_value=LIMIT,
        default=USUAL.cost,
        help_text="Of each trade, in hundredths of a per cent.",
    )
    paths = serializers.IntegerField(
        min_value=PATHS[0], max_value=PATHS[1], default=USUAL.paths, help_text="Histories that are drawn."
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=USUAL.seed)

    def assumptions(self) -> Assumptions:
        """The assumptions of valid data. Raises InvalidInput where they cannot be used."""
        return assumptions_read({name: str(value) for name, value in self.validated_data.items()})


class BacktestQuerySerializer(serializers.Serializer[Any]):
    """Which back-tests."""

    digest = serializers.RegexField(
        r"^[0-9a-f]{64}$",
        required=False,
        help_text="One alone, with its result; else your own without theirs.",
    )


class BacktestSerializer(serializers.ModelSerializer[HarvestBacktest]):
    """A back-test: assumptions, how far it is, and its result."""

    assumptions = serializers.DictField(child=serializers.JSONField(), help_text="As they were asked for.")
    progress = serializers.IntegerField(help_text="Of a hundred.")
    result = serializers.SerializerMethodField(
        help_text="Assumptions in words, claims, tables and charts; null in lists and until it is done."
    )

    class Meta:
        model = HarvestBacktest
        fields = (
            "id", "digest", "state", "progress", "words", "assumptions", "result", "created_at",
            "finished_at",
        )  # fmt: skip

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_result(self, backtest: HarvestBacktest) -> dict[str, Any] | None:
        """The result, where it was read with the row."""
        if "result" in backtest.get_deferred_fields():
            return None
        found: dict[str, Any] | None = backtest.result
        return found
