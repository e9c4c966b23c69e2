"""The book at the support desk: everything can be searched and seen, the ledger can only be reversed."""

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from common.admin import OperatorAdmin
from common.errors import DomainError
from portfolios.models import (
    CashBalance,
    ColumnMapping,
    Disposal,
    Finding,
    FindingDismissal,
    Holding,
    IdentityGroup,
    IdentityMember,
    ImportRow,
    ImportRun,
    Instrument,
    Lot,
    LotSelection,
    Portfolio,
    Price,
    RecurringPurchase,
    StatedBalance,
    Target,
    TaxPolicy,
    Transaction,
    Valuation,
    WashSale,
)
from portfolios.selectors.portfolios import households_dealing_in
from portfolios.services.book import book_derive
from portfolios.services.instruments import indices_name
from portfolios.services.ledger import transaction_reverse
from portfolios.services.valuations import valuations_refresh


@admin.register(Portfolio)
class PortfolioAdmin(OperatorAdmin):
    """Accounts in the book."""

    list_display = ("name", "household", "holder", "kind", "base_currency", "relief", "closed_on")
    list_filter = ("kind", "base_currency", "relief")
    list_select_related = ("household", "holder")
    search_fields = ("=id", "name", "household__name", "external_account__account_number")
    actions = ("rebuild_books",)

    @admin.action(description="Rebuild the books of these households", permissions=["act"])
    def rebuild_books(self, request: HttpRequest, portfolios: QuerySet[Portfolio]) -> None:
        """Lots, disposals, holdings and valuations are derived again from the ledger."""
        for household_id in (
            portfolios.order_by("household_id").values_list("household_id", flat=True).distinct()
        ):
            summary = book_derive(household_id=household_id)
            valuations_refresh(household_id=household_id)
            self.message_user(request, f"{household_id}: {summary.lots} lots, digest {summary.digest[:16]}")


@admin.register(Instrument)
class InstrumentAdmin(OperatorAdmin):
    """What can be held; operators may mend names, sectors, indices and what an option is on."""

    list_display = ("symbol", "name", "asset_class", "currency", "exchange", "sector", "household")
    list_filter = ("asset_class", "currency")
    list_select_related = ("household",)
    search_fields = ("=id", "symbol", "name", "=isin", "=cusip", "=conid")
    readonly_fields = ("id", "household", "symbol", "currency", "conid", "isin", "cusip", "multiplier")
    editable = True
    actions = ("name_indices",)

    @admin.action(description="Fill in the index of well-known funds, and rebuild books", permissions=["act"])
    def name_indices(self, request: HttpRequest, instruments: QuerySet[Instrument]) -> None:
        """What was brought in before an index was known may now count as identical with other funds."""
        actor = request.user.pk if isinstance(request.user, User) else None
        changed = indices_name(instruments, actor_id=actor)
        self.message_user(request, f"Indices named: {len(changed)}")
        for household_id in households_dealing_in([instrument.pk for instrument in changed]):
            summary = book_derive(household_id=household_id)
            self.message_user(request, f"{household_id}: {summary.lots} lots, digest {summary.digest[:16]}")


class IdentityMemberInline(admin.TabularInline[IdentityMember, IdentityGroup]):
    """The instruments of a group; those of a household's own group are chosen on its page."""

    model = IdentityMember
    autocomplete_fields = ("instrument",)
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: IdentityGroup | None = None) -> bool:
        """Operators and auditors."""
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, obj: IdentityGroup | None = None) -> bool:
        """Operators, for groups that hold for everybody."""
        return self._may_edit(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: IdentityGroup | None = None) -> bool:
        """Operators, for groups that hold for everybody."""
        return self._may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: IdentityGroup | None = None) -> bool:
        """Operators, for groups that hold for everybody."""
        return self._may_edit(request, obj)

    def _may_edit(self, request: HttpRequest, group: IdentityGroup | None) -> bool:
        is_shared = group is None or group.household_id is None
        return is_shared and bool(getattr(request.user, "is_operator", False))


@admin.register(IdentityGroup)
class IdentityGroupAdmin(OperatorAdmin):
    """Instruments that count as substantially identical, and who says so."""

    list_display = ("name", "household", "source")
    list_select_related = ("household",)
    search_fields = ("=id", "name", "source", "household__name", "instruments__symbol")
    readonly_fields = ("household",)
    inlines = (IdentityMemberInline,)
    editable = True
    addable = True
    actions = ("rebuild_books",)

    @admin.action(description="Rebuild the books that dealt in these instruments", permissions=["act"])
    def rebuild_books(self, request: HttpRequest, groups: QuerySet[IdentityGroup]) -> None:
        """A group that changed here reaches the books at their next derivation, or now."""
        members = IdentityMember.objects.filter(group__in=groups).values_list("instrument_id", flat=True)
        for household_id in households_dealing_in(members):
            summary = book_derive(household_id=household_id)
            self.message_user(request, f"{household_id}: {summary.lots} lots, digest {summary.digest[:16]}")


@admin.register(IdentityMember)
class IdentityMemberAdmin(OperatorAdmin):
    """Which instrument stands in which identity group."""

    list_display = ("instrument", "group")
    list_select_related = ("instrument", "group")
    search_fields = ("=id", "instrument__symbol", "group__name")


@admin.register(TaxPolicy)
class TaxPolicyAdmin(OperatorAdmin):
    """How households read the open points of the wash-sale rule; they change it on their own page."""

    list_display = (
        "household", "spouse_basis", "plan_purchases", "options_replace", "same_index_identical",
        "digital_assets_from",
    )  # fmt: skip
    list_filter = ("spouse_basis", "plan_purchases")
    list_select_related = ("household",)
    search_fields = ("=id", "=household__id", "household__name")


@admin.register(Target)
class TargetAdmin(OperatorAdmin):
    """What households want their wealth to be made of."""

    list_display = ("household", "kind", "key", "weight", "band")
    list_filter = ("kind",)
    list_select_related = ("household",)
    search_fields = ("=household__id", "household__name", "key")


@admin.register(RecurringPurchase)
class RecurringPurchaseAdmin(OperatorAdmin):
    """Purchases that accounts make by themselves."""

    list_display = ("portfolio", "instrument", "amount", "currency", "pace", "next_on", "is_paused")
    list_filter = ("pace", "is_paused")
    list_select_related = ("portfolio", "instrument")
    search_fields = ("=portfolio__id", "portfolio__name", "instrument__symbol")


@admin.register(Price)
class PriceAdmin(OperatorAdmin):
    """Daily closes with their source."""

    list_display = ("instrument", "day", "close", "currency", "source")
    list_filter = ("source",)
    list_select_related = ("instrument",)
    search_fields = ("instrument__symbol", "=instrument__id")
    date_hierarchy = "day"


@admin.register(Transaction)
class TransactionAdmin(OperatorAdmin):
    """The ledger. Rows are read only; a mistake is taken back by a reversing row."""

    list_display = (
        "trade_date", "portfolio", "kind", "instrument", "quantity", "price", "amount", "currency", "source"
    )  # fmt: skip
    list_filter = ("kind", "source", "currency")
    list_select_related = ("portfolio", "instrument")
    search_fields = ("=id", "=natural_key", "instrument__symbol", "portfolio__name")
    date_hierarchy = "trade_date"
    raw_id_fields = ("import_run", "reverses")
    actions = ("reverse_rows",)

    @admin.action(description="Reverse these rows", permissions=["act"])
    def reverse_rows(self, request: HttpRequest, rows: QuerySet[Transaction]) -> None:
        """Each row gets its reversal, and the household's book is derived again."""
        actor = request.user
        households = set()
        for row in rows.select_related("portfolio"):
            try:
                transaction_reverse(
                    transaction=row,
                    reason="Reversed at the support desk",
                    actor_id=actor.pk if isinstance(actor, User) else None,
                )
            except DomainError as error:
                self.message_user(request, f"{row}: {error.detail}", messages.ERROR)
            else:
                households.add(row.portfolio.household_id)
        for household_id in households:
            book_derive(household_id=household_id)
            valuations_refresh(household_id=household_id)


@admin.register(Lot)
class LotAdmin(OperatorAdmin):
    """Open lots, derived."""

    list_display = (
        "portfolio", "instrument", "origin", "acquired", "quantity", "cost", "basis", "deferred_base",
        "currency",
    )  # fmt: skip
    list_filter = ("origin",)
    list_select_related = ("portfolio", "instrument")
    search_fields = ("=id", "=root_id", "instrument__symbol", "portfolio__name")
    raw_id_fields = ("transaction",)


@admin.register(Disposal)
class DisposalAdmin(OperatorAdmin):
    """Closed pieces of lots, derived."""

    list_display = (
        "disposed",
        "portfolio",
        "instrument",
        "quantity",
        "proceeds",
        "basis",
        "gain_base",
        "disallowed_base",
        "recognised_base",
        "term",
    )
    list_filter = ("term", "cause", "is_short_sale")
    list_select_related = ("portfolio", "instrument")
    search_fields = ("=id", "instrument__symbol", "portfolio__name")
    date_hierarchy = "disposed"
    raw_id_fields = ("transaction",)


@admin.register(WashSale)
class WashSaleAdmin(OperatorAdmin):
    """Losses and the purchases that washed them, derived."""

    list_display = (
        "sold", "portfolio", "instrument", "quantity", "disallowed_base", "replaced_on",
        "replacement_portfolio", "replacement_instrument", "is_permanent",
    )  # fmt: skip
    list_filter = ("is_permanent",)
    list_select_related = ("portfolio", "instrument", "replacement_portfolio", "replacement_instrument")
    search_fields = (
        "=id", "=disposal_id", "instrument__symbol", "portfolio__name", "replacement_portfolio__name"
    )  # fmt: skip
    date_hierarchy = "sold"
    raw_id_fields = ("sale", "replacement")


@admin.register(LotSelection)
class LotSelectionAdmin(OperatorAdmin):
    """The lots that people named for sales; the newest before settlement counts."""

    list_display = ("chosen_at", "transaction", "chosen_by")
    list_select_related = ("transaction__instrument", "chosen_by")
    search_fields = ("=id", "=transaction__id", "chosen_by__email", "transaction__instrument__symbol")
    date_hierarchy = "chosen_at"
    raw_id_fields = ("transaction",)


@admin.register(Holding)
class HoldingAdmin(OperatorAdmin):
    """Positions, derived."""

    list_display = ("portfolio", "instrument", "quantity", "basis", "currency", "lot_count")
    list_select_related = ("portfolio", "instrument")
    search_fields = ("instrument__symbol", "portfolio__name")


@admin.register(CashBalance)
class CashBalanceAdmin(OperatorAdmin):
    """Cash by currency: the sum of the ledger."""

    list_display = ("portfolio", "currency", "amount")
    list_filter = ("currency",)
    list_select_related = ("portfolio",)
    search_fields = ("portfolio__name",)


@admin.register(Valuation)
class ValuationAdmin(OperatorAdmin):
    """Daily values, derived."""

    list_display = ("portfolio", "day", "value", "cash", "flow", "missing")
    list_select_related = ("portfolio",)
    search_fields = ("portfolio__name", "missing")
    date_hierarchy = "day"


@admin.register(Finding)
class FindingAdmin(OperatorAdmin):
    """Questions about the data."""

    list_display = ("kind", "portfolio", "instrument", "day", "detail")
    list_filter = ("kind",)
    list_select_related = ("portfolio", "instrument")
    search_fields = ("detail", "portfolio__name", "instrument__symbol")
    raw_id_fields = ("transaction",)


@admin.register(FindingDismissal)
class FindingDismissalAdmin(OperatorAdmin):
    """Findings that somebody called all right, with the reason."""

    list_display = ("portfolio", "reason", "dismissed_by", "created_at")
    list_select_related = ("portfolio", "dismissed_by")
    search_fields = ("reason", "portfolio__name", "=finding_id")


class ImportRowInline(admin.TabularInline[ImportRow, ImportRun]):
    """The fate of each row of a file that needs a look; the rest are found under Import rows."""

    model = ImportRow
    fields: ClassVar[tuple[str, ...]] = ("line", "section", "status", "field", "reason", "summary")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRow]:
        """Rows that were left out or not understood."""
        return (
            super()
            .get_queryset(request)
            .filter(status__in=(ImportRow.Status.WRONG, ImportRow.Status.LEFT_OUT))
            .order_by("line")
        )

    def has_view_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        """Operators and auditors."""
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, obj: ImportRun | None = None) -> bool:
        """Nobody."""
        return False


@admin.register(ImportRun)
class ImportRunAdmin(OperatorAdmin):
    """Files on their way into the book, and what became of their rows."""

    list_display = (
        "created_at", "file_name", "household", "state", "rows_new", "rows_known", "rows_left_out",
        "rows_wrong",
    )  # fmt: skip
    list_filter = ("state", "source")
    list_select_related = ("household",)
    search_fields = ("=id", "file_name", "=file_digest", "household__name", "created_by__email")
    date_hierarchy = "created_at"
    exclude = ("file",)
    inlines = (ImportRowInline,)


@admin.register(ImportRow)
class ImportRowAdmin(OperatorAdmin):
    """Every row of every file."""

    list_display = ("run", "line", "section", "status", "field", "reason", "summary")
    list_filter = ("status", "section")
    list_select_related = ("run",)
    search_fields = ("=run__id", "reason", "summary", "=natural_key")


@admin.register(StatedBalance)
class StatedBalanceAdmin(OperatorAdmin):
    """Positions and cash as statements gave them."""

    list_display = ("day", "portfolio", "instrument", "currency", "quantity", "cost")
    list_select_related = ("portfolio", "instrument")
    search_fields = ("portfolio__name", "instrument__symbol")


@admin.register(ColumnMapping)
class ColumnMappingAdmin(OperatorAdmin):
    """Saved column mappings."""

    list_display = ("name", "household", "created_at")
    list_select_related = ("household",)
    search_fields = ("name", "household__name")
