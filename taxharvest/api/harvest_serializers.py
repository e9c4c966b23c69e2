"""What the operations of harvesting take and give."""

from typing import Any

from rest_framework import serializers

from common.api_fields import AmountField
from portfolios.engine.figures import Unit
from taxharvest.engine.harvest.benefit import Decision
from taxharvest.models import HarvestScan, ReplacementPair, TaxHarvest
from taxharvest.selectors.harvests import DECISIONS

AnySerializer = serializers.Serializer[Any]
UNSEEN = "Null where the household’s tax profile is not yours to see."


class HarvestQuerySerializer(AnySerializer):
    """Which proposals."""

    household = serializers.UUIDField(required=False, help_text="One’s own when it is left out.")
    state = serializers.ChoiceField(
        choices=TaxHarvest.State.choices, required=False, help_text="Those that wait, when it is left out."
    )


class HouseholdQuerySerializer(AnySerializer):
    """Whose."""

    household = serializers.UUIDField(required=False, help_text="One’s own when it is left out.")


class HarvestLotSerializer(AnySerializer):
    """Shares of one lot that would be sold."""

    lot = serializers.UUIDField(source="lot_id", help_text="The undivided lot.")
    acquired = serializers.DateField()
    quantity = AmountField()
    basis = AmountField()
    value = AmountField()
    loss = AmountField(help_text="Positive.")
    term = serializers.CharField(help_text="`short`, `long` or `unknown`.")


class HarvestPartSerializer(AnySerializer):
    """A part of the proceeds and what it buys."""

    instrument = serializers.UUIDField(source="instrument_id")
    symbol = serializers.CharField()
    share = AmountField(help_text="Of the proceeds, a fraction.")


class HarvestEvidenceSerializer(AnySerializer):
    """What is known of the replacement."""

    tag = serializers.ChoiceField(choices=ReplacementPair.Tag.values)
    reason = serializers.CharField()
    correlation = AmountField(allow_null=True, help_text="Of daily returns, from the book’s own closes.")
    tracking_error = AmountField(allow_null=True, help_text="A year, a fraction.")
    sample = serializers.IntegerField(help_text="Days compared.")
    known_from = serializers.CharField(source="source")
    confidence = serializers.CharField()


class HarvestFigureSerializer(AnySerializer):
    """A line of the arithmetic."""

    name = serializers.CharField(source="label")
    amount = AmountField(allow_null=True)
    unit = serializers.ChoiceField(choices=[unit.value for unit in Unit])
    kind = serializers.CharField(help_text="`line`, `subtotal` or `result`.")
    detail = serializers.CharField()


class HarvestSerializer(AnySerializer):
    """A loss that could be taken, with everything it is decided by; amounts in `currency`."""

    id = serializers.UUIDField(source="line.harvest.pk")
    portfolio = serializers.UUIDField(source="line.harvest.portfolio_id")
    account = serializers.CharField(source="line.account")
    instrument = serializers.UUIDField(source="line.harvest.instrument_id")
    symbol = serializers.CharField(source="line.symbol")
    state = serializers.ChoiceField(choices=TaxHarvest.State.choices, source="line.harvest.state")
    version = serializers.IntegerField(source="line.harvest.version", help_text="Approve with it.")
    day = serializers.DateField(source="line.harvest.day")
    currency = serializers.CharField(source="line.harvest.currency")
    price = AmountField(source="line.harvest.price")
    price_as_of = serializers.DateField(source="line.harvest.price_as_of")
    quantity = AmountField(source="line.harvest.quantity")
    lots = HarvestLotSerializer(many=True)
    short_loss = AmountField(source="line.harvest.short_loss")
    long_loss = AmountField(source="line.harvest.long_loss")
    washed = AmountField(source="line.harvest.washed")
    benefit_low = AmountField(source="line.benefit_low", allow_null=True, help_text=f"Before costs. {UNSEEN}")
    benefit_high = AmountField(source="line.benefit_high", allow_null=True, help_text=UNSEEN)
    deferral = AmountField(allow_null=True, help_text=f"Of the low benefit, what comes back later. {UNSEEN}")
    rate_difference = AmountField(
        allow_null=True, help_text=f"Of the low benefit, what the difference of the rates saves. {UNSEEN}"
    )
    costs = AmountField(source="line.harvest.costs")
    option_value = AmountField(allow_null=True, help_text=f"What waiting would be worth. {UNSEEN}")
    arithmetic = HarvestFigureSerializer(source="lines", many=True)
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text="What would have to be known for a single figure."
    )
    replacement = HarvestPartSerializer(source="line.replacement", many=True)
    evidence = HarvestEvidenceSerializer(allow_null=True)
    wash_verdict = serializers.CharField(source="verdict", help_text="Empty for what is not open.")
    first_free = serializers.DateField(allow_null=True)
    traps = serializers.ListField(
        child=serializers.CharField(), help_text="Purchases still to come that would wash the loss."
    )
    risks = serializers.ListField(child=serializers.CharField())
    if_nothing_is_done = serializers.ListField(source="if_nothing", child=serializers.CharField())
    expires_at = serializers.DateTimeField(source="line.harvest.expires_at")
    plan = serializers.UUIDField(source="line.plan_id", allow_null=True)


class RefusedHarvestSerializer(AnySerializer):
    """A position at a loss that the last scan did not propose, with the reason to the share."""

    portfolio = serializers.UUIDField(source="portfolio_id")
    account = serializers.CharField()
    instrument = serializers.UUIDField(source="instrument_id")
    symbol = serializers.CharField()
    currency = serializers.CharField()
    shares = AmountField()
    loss = AmountField()
    decision = serializers.ChoiceField(choices=[Decision(key).value for key in DECISIONS])
    reasons = serializers.ListField(source="sentences", child=serializers.CharField())
    free_on = serializers.DateField(allow_null=True)
    day = serializers.DateField()


class ScannedAccountSerializer(AnySerializer):
    """What a scan did with one account."""

    portfolio = serializers.UUIDField(source="portfolio_id")
    account = serializers.CharField()
    outcome = serializers.CharField(help_text="`scanned`, `partly` or `skipped`.")
    reason = serializers.CharField()
    words = serializers.CharField()


class ScanSerializer(AnySerializer):
    """A scan, as far as it is about accounts that one may see."""

    id = serializers.UUIDField(source="scan.pk")
    day = serializers.DateField(source="scan.day")
    cause = serializers.ChoiceField(choices=HarvestScan.Cause.choices, source="scan.cause")
    state = serializers.ChoiceField(choices=HarvestScan.State.choices, source="scan.state")
    started_at = serializers.DateTimeField(source="scan.started_at")
    finished_at = serializers.DateTimeField(source="scan.finished_at", allow_null=True)
    words = serializers.CharField(source="scan.words")
    scanned = serializers.IntegerField()
    skipped = serializers.IntegerField()
    accounts = ScannedAccountSerializer(source="lines", many=True)


class ScanListSerializer(AnySerializer):
    """The newest scans, and what the last of each account refused."""

    scans = ScanSerializer(many=True)
    refused = RefusedHarvestSerializer(many=True)


class ScanProgressSerializer(AnySerializer):
    """How far a scan is."""

    id = serializers.UUIDField(source="pk")
    day = serializers.DateField()
    cause = serializers.ChoiceField(choices=HarvestScan.Cause.choices)
    state = serializers.ChoiceField(choices=HarvestScan.State.choices)
    accounts = serializers.IntegerField(help_text="To look at; 0 until a worker has begun.")
    scanned = serializers.IntegerField()
    skipped = serializers.IntegerField()
    proposals = serializers.IntegerField()
    words = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class KpiSerializer(AnySerializer):
    """One figure of harvesting, with what it means."""

    key = serializers.CharField(source="figure.key")
    name = serializers.CharField(source="figure.label")
    value = AmountField(source="figure.value", allow_null=True)
    unit = serializers.ChoiceField(source="figure.unit", choices=[unit.value for unit in Unit])
    currency = serializers.CharField(source="figure.currency")
    reason = serializers.CharField(source="figure.reason", help_text="Why there is no value.")
    is_estimated = serializers.BooleanField(source="figure.is_estimated")
    definition = serializers.CharField()
    target = serializers.CharField()


class KpiListSerializer(AnySerializer):
    """The figures of a household this year."""

    as_of = serializers.DateField()
    kpis = KpiSerializer(many=True)
