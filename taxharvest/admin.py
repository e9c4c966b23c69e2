"""The support desk of harvesting: scans and coverage, proposals and plans to read, replacements to keep."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from common.admin import OperatorAdmin
from common.audit import audit_record
from taxharvest.models import (
    HarvestAlert,
    HarvestBacktest,
    HarvestLeg,
    HarvestPlan,
    HarvestPlanEvent,
    HarvestPolicy,
    HarvestScan,
    Rebalance,
    ReplacementOverride,
    ReplacementPair,
    ScannedAccount,
    TaxHarvest,
    WashGuard,
)
from taxharvest.selectors.kpis import harvest_kpis


@admin.register(HarvestScan)
class HarvestScanAdmin(OperatorAdmin):
    """Scans: what was looked through, and how much of it."""

    list_display = (
        "day", "cause", "state", "accounts", "scanned", "skipped", "candidates", "proposals", "started_at",
    )  # fmt: skip
    list_filter = ("state", "cause")
    search_fields = ("=id", "words")
    date_hierarchy = "started_at"
    change_list_template = "admin/taxharvest/harvestscan/change_list.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The scans, below the figures of harvesting over all households."""
        kpis = harvest_kpis(timezone.now(), timezone.localdate())
        return super().changelist_view(request, {**(extra_context or {}), "kpis": kpis})


@admin.register(ScannedAccount)
class ScannedAccountAdmin(OperatorAdmin):
    """Accounts as a scan found them, and why one was skipped."""

    list_display = ("portfolio", "scan", "outcome", "reason", "candidates", "proposals", "words")
    list_filter = ("outcome", "reason")
    list_select_related = ("portfolio", "scan")
    search_fields = ("=scan__id", "=portfolio__id", "portfolio__name")


@admin.register(TaxHarvest)
class TaxHarvestAdmin(OperatorAdmin):
    """Proposals, read only: people decide on their own pages."""

    list_display = ("instrument", "portfolio", "state", "quantity", "short_loss", "long_loss", "decided_by")
    list_filter = ("state", "approved_itself")
    list_select_related = ("instrument", "portfolio", "decided_by")
    search_fields = ("=id", "instrument__symbol", "portfolio__name")


@admin.register(HarvestPlan)
class HarvestPlanAdmin(OperatorAdmin):
    """Plans being traded, and those that stopped."""

    list_display = ("harvest", "portfolio", "state", "state_since", "window_ends", "words")
    list_filter = ("state",)
    list_select_related = ("harvest__instrument", "portfolio")
    search_fields = ("=id", "=harvest__id", "portfolio__name")


@admin.register(HarvestLeg)
class HarvestLegAdmin(OperatorAdmin):
    """The orders of plans."""

    list_display = ("plan", "place", "role", "instrument", "state", "quantity", "filled", "words")
    list_filter = ("role", "state")
    list_select_related = ("plan__harvest__instrument", "instrument")
    search_fields = ("=plan__id", "instrument__symbol")


@admin.register(HarvestPlanEvent)
class HarvestPlanEventAdmin(OperatorAdmin):
    """What happened to plans, line by line."""

    list_display = ("at", "plan", "kind", "before", "after", "words", "actor")
    list_filter = ("kind",)
    list_select_related = ("plan__harvest__instrument", "actor")
    search_fields = ("=plan__id", "words")


@admin.register(HarvestPolicy)
class HarvestPolicyAdmin(OperatorAdmin):
    """How accounts are harvested; their owners change it on their own page."""

    list_display = ("portfolio", "is_enabled", "threshold", "least_benefit", "approves_itself", "set_by")
    list_filter = ("is_enabled", "threshold", "approves_itself")
    list_select_related = ("portfolio", "set_by")
    search_fields = ("=portfolio__id", "portfolio__name")


@admin.register(WashGuard)
class WashGuardAdmin(OperatorAdmin):
    """What households let happen to an order that would wash a loss."""

    list_display = ("household", "reaction")
    list_filter = ("reaction",)
    list_select_related = ("household",)
    search_fields = ("=household__id", "household__name")


@admin.register(HarvestAlert)
class HarvestAlertAdmin(OperatorAdmin):
    """What people were told to look at."""

    list_display = ("seen_at", "household", "portfolio", "kind", "at_stake", "closed_at", "words")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("household", "portfolio")
    search_fields = ("=household__id", "words")


@admin.register(ReplacementPair)
class ReplacementPairAdmin(OperatorAdmin):
    """What may stand in for what, with its source."""

    editable = addable = True
    list_display = (
        "symbol",
        "other_symbol",
        "asset_class",
        "rank",
        "tag",
        "confidence",
        "is_active",
        "source",
    )
    list_filter = ("tag", "confidence", "is_active", "asset_class")
    search_fields = ("symbol", "other_symbol", "index", "other_index")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Keep the row, and who changed what in it."""
        super().save_model(request, obj, form, change)
        detail = {name: str(form.cleaned_data[name]) for name in form.changed_data}
        audit_record(actor_id=request.user.pk, action="replacement.change", subject=obj, detail=detail)


@admin.register(ReplacementOverride)
class ReplacementOverrideAdmin(OperatorAdmin):
    """Replacements that somebody allowed or forbade, who and why."""

    editable = addable = True
    fields = ("household", "symbol", "other_symbol", "verdict", "reason")
    autocomplete_fields = ("household",)
    list_display = ("symbol", "other_symbol", "verdict", "household", "reason", "set_by", "updated_at")
    list_filter = ("verdict",)
    list_select_related = ("household", "set_by")
    search_fields = ("symbol", "other_symbol", "reason")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Keep the word, and whose it is."""
        obj.set_by = request.user
        # As symbols stand in the book and in the table.
        obj.symbol, obj.other_symbol = obj.symbol.upper(), obj.other_symbol.upper()
        super().save_model(request, obj, form, change)
        detail = {"verdict": obj.verdict, "reason": obj.reason}
        audit_record(actor_id=request.user.pk, action="replacement.override", subject=obj, detail=detail)


@admin.register(HarvestBacktest)
class HarvestBacktestAdmin(OperatorAdmin):
    """Back-tests that were asked for."""

    list_display = ("created_at", "requested_by", "state", "progress", "finished_at", "words")
    list_filter = ("state",)
    list_select_related = ("requested_by",)
    search_fields = ("=id", "words")


@admin.register(Rebalance)
class RebalanceAdmin(OperatorAdmin):
    """Rebalancings that were worked out."""

    list_display = ("day", "household", "requested_by", "state", "words", "finished_at")
    list_filter = ("state",)
    list_select_related = ("household", "requested_by")
    search_fields = ("=id", "=household__id", "household__name")
