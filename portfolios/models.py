"""The tables of the book: what is held where, the ledger it follows from, and what was imported."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import Grant, HouseholdMember, User, Viewer
from common.errors import Conflict
from common.models import CurrencyField, MoneyField, RateField, TimestampedModel, UUIDModel
from portfolios.engine.policies import PlanPurchases, SpouseBasis, WashPolicy
from portfolios.engine.records import (
    DisposalCause,
    FindingKind,
    LotOrigin,
    PositionEffect,
    ReliefMethod,
    RowStatus,
    Term,
    TransactionKind,
)


def choices_of(kinds: Any) -> list[tuple[str, str]]:
    """Django choices for a StrEnum of the rules, with readable labels."""
    return [(kind.value, kind.value.replace("_", " ").capitalize() or "Unset") for kind in kinds]


# --- Who holds what --------------------------------------------------------------------------------


class PortfolioQuerySet(models.QuerySet["Portfolio"]):
    """Portfolios, by who may see or change them."""

    def visible_to(self, user: Viewer, now: datetime | None = None) -> Self:
        """Accounts of one's own household (all of them or one's own), and accounts under a grant at `now`."""
        return self._reachable(user, scopes=tuple(Grant.Scope), now=now)

    def editable_by(self, user: Viewer) -> Self:
        """Accounts into which `user` may record: a grant must say so."""
        return self._reachable(user, scopes=(Grant.Scope.MANAGE,))

    def proposable_by(self, user: Viewer) -> Self:
        """Accounts for which `user` may propose: a grant must say so."""
        return self._reachable(user, scopes=(Grant.Scope.PROPOSE, Grant.Scope.MANAGE))

    def _reachable(self, user: Viewer, scopes: tuple[str, ...], now: datetime | None = None) -> Self:
        if not isinstance(user, User):
            return self.none()
        # One subquery for what a member may see: every page builds and asks this more than once.
        member = HouseholdMember.objects.filter(
            Q(sees_all=True) | Q(pk=OuterRef("holder")), user=user, household=OuterRef("household")
        )
        grant = (
            Grant.objects.active(now)
            .filter(grantee=user, household=OuterRef("household"), scope__in=scopes)
            .filter(Q(portfolio_id__isnull=True) | Q(portfolio_id=OuterRef("pk")))
        )
        return self.filter(Exists(member) | Exists(grant))


class Portfolio(TimestampedModel):
    """One account in the book: what kind it is for tax, whose it is, and how its sales pick lots."""

    class Kind(models.TextChoices):
        """How the account is taxed, and whose it is where that matters to the wash-sale rule."""

        TAXABLE = "taxable", "Taxable"
        JOINT = "joint", "Joint taxable"
        IRA = "ira", "Traditional IRA"
        ROTH = "roth", "Roth IRA"
        K401 = "401k", "401(k)"
        HSA = "hsa", "HSA"
        SPOUSE_TAXABLE = "spouse_taxable", "Spouse, taxable"
        SPOUSE_IRA = "spouse_ira", "Spouse, IRA"
        PAPER = "paper", "Paper"

    household = models.ForeignKey("accounts.Household", on_delete=models.PROTECT, related_name="portfolios")
    holder = models.ForeignKey(
        "accounts.HouseholdMember", on_delete=models.PROTECT, related_name="portfolios"
    )
    external_account = models.OneToOneField(
        "accounts.ExternalAccount", null=True, blank=True, on_delete=models.SET_NULL, related_name="portfolio"
    )
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.TAXABLE)
    base_currency = CurrencyField(default="USD")
    relief = models.CharField(max_length=20, choices=choices_of(ReliefMethod), default=ReliefMethod.FIFO)
    reinvests_dividends = models.BooleanField(default=False)
    # Since when the owner has told the broker to pay dividends out for a while; empty: nothing is paused.
    reinvestment_paused_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    objects = PortfolioQuerySet.as_manager()

    class Meta:
        db_table = "portfolios"
        constraints = [models.UniqueConstraint(fields=["household", "name"], name="portfolio_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_taxable(self) -> bool:
        """Whether gains of this account reach the household's return in the year they happen."""
        return self.kind in {self.Kind.TAXABLE, self.Kind.JOINT, self.Kind.SPOUSE_TAXABLE}


class PortfolioScopedQuerySet(models.QuerySet[Any]):
    """Rows that belong to a portfolio and are reached only through it."""

    def visible_to(self, user: Viewer, now: datetime | None = None) -> Self:
        """Rows of portfolios that `user` may see at `now`."""
        return self.filter(portfolio__in=Portfolio.objects.visible_to(user, now))


# --- Instruments and prices ------------------------------------------------------------------------


class IdentityGroupQuerySet(models.QuerySet["IdentityGroup"]):
    """Identity groups, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Groups that hold for everybody, and those of a household whose accounts `user` sees all of."""
        if not isinstance(user, User):
            return self.none()
        whole = HouseholdMember.objects.filter(user=user, sees_all=True).values("household_id")
        return self.filter(Q(household__isnull=True) | Q(household_id__in=whole))


class IdentityGroup(TimestampedModel):
    """Instruments that count as substantially identical (IRC 1091), and who says so.

    Without a household it holds for everybody; a household's own group overrides it. A household's group of
    one instrument says that it is identical with nothing else.
    """

    household = models.ForeignKey("accounts.Household", null=True, blank=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=200, blank=True)
    instruments: "models.ManyToManyField[Instrument, IdentityMember]" = models.ManyToManyField(
        "Instrument", through="IdentityMember", related_name="identity_groups"
    )

    objects = IdentityGroupQuerySet.as_manager()

    class Meta:
        db_table = "identity_groups"

    def __str__(self) -> str:
        return self.name


class IdentityMember(UUIDModel):
    """One instrument's place in an identity group."""

    group = models.ForeignKey(IdentityGroup, on_delete=models.CASCADE, related_name="members")
    instrument = models.ForeignKey("Instrument", on_delete=models.CASCADE, related_name="identity_members")

    class Meta:
        db_table = "identity_members"
        constraints = [models.UniqueConstraint(fields=["group", "instrument"], name="identity_member_once")]

    def __str__(self) -> str:
        return f"{self.instrument} in {self.group}"


class TaxPolicyQuerySet(models.QuerySet["TaxPolicy"]):
    """Wash-sale policies, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Those of a household whose accounts `user` sees all of; grants do not open them."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(household__members__user=user, household__members__sees_all=True)


class TaxPolicy(TimestampedModel):
    """How a household reads what the wash-sale rule leaves open; see `WashPolicy`."""

    household = models.OneToOneField(
        "accounts.Household", on_delete=models.CASCADE, related_name="tax_policy"
    )
    replacement_must_be_held = models.BooleanField(default=True)
    same_sale_replacement = models.BooleanField(default=False)
    same_purchase_replacement = models.BooleanField(default=False)
    spouse_basis = models.CharField(
        max_length=10, choices=choices_of(SpouseBasis), default=SpouseBasis.ADJUST
    )
    plan_purchases = models.CharField(
        max_length=10, choices=choices_of(PlanPurchases), default=PlanPurchases.WARN
    )
    options_replace = models.BooleanField(default=True)
    same_index_identical = models.BooleanField(default=True)
    box_sold_at_entry = models.BooleanField(default=True)
    digital_assets_from = models.DateField(null=True, blank=True)

    objects = TaxPolicyQuerySet.as_manager()

    class Meta:
        db_table = "tax_policies"
        verbose_name_plural = "tax policies"

    def __str__(self) -> str:
        return f"Wash-sale rules of {self.household}"

    @property
    def policy(self) -> WashPolicy:
        """The same, as the rules take it."""
        return WashPolicy(
            replacement_must_be_held=self.replacement_must_be_held,
            same_sale_replacement=self.same_sale_replacement,
            same_purchase_replacement=self.same_purchase_replacement,
            spouse_basis=SpouseBasis(self.spouse_basis),
            plan_purchases=PlanPurchases(self.plan_purchases),
            options_replace=self.options_replace,
            same_index_identical=self.same_index_identical,
            box_sold_at_entry=self.box_sold_at_entry,
            digital_assets_from=self.digital_assets_from,
        )


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    """Instruments, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Instruments that some visible portfolio has dealt in, and those known to everybody."""
        if not isinstance(user, User):
            return self.none()
        dealt = Transaction.objects.visible_to(user)
        return self.filter(
            Q(household__isnull=True)
            | Exists(dealt.filter(instrument=OuterRef("pk")))
            | Exists(dealt.filter(counterpart=OuterRef("pk")))
        )

    def known_to(self, household_id: UUID) -> Self:
        """Instruments that a statement of this household may resolve to: shared ones and its own."""
        return self.filter(Q(household__isnull=True) | Q(household_id=household_id))


class Instrument(TimestampedModel):
    """Something that can be held, or a currency pair or index that is only quoted.

    An instrument that a statement brought belongs to that household, so that no user's file can change
    what another one sees; those without a household are kept by operators and shared by all.
    """

    class AssetClass(models.TextChoices):
        """Broad kind."""

        STOCK = "stock", "Stocks"
        FUND = "fund", "Funds"
        BOND = "bond", "Bonds"
        OPTION = "option", "Options"
        FUTURE = "future", "Futures"
        CURRENCY = "currency", "Currency pairs"
        CRYPTO = "crypto", "Digital assets"
        CASH = "cash", "Cash"
        INDEX = "index", "Indices"
        OTHER = "other", "Other"

    household = models.ForeignKey(
        "accounts.Household", null=True, blank=True, on_delete=models.CASCADE, related_name="instruments"
    )
    symbol = models.CharField(max_length=60)
    name = models.CharField(max_length=200, blank=True)
    asset_class = models.CharField(max_length=10, choices=AssetClass, default=AssetClass.STOCK)
    currency = CurrencyField()
    exchange = models.CharField(max_length=30, blank=True)
    conid = models.CharField(max_length=20, blank=True)
    isin = models.CharField(max_length=12, blank=True)
    cusip = models.CharField(max_length=9, blank=True)
    multiplier = MoneyField(default=Decimal(1))
    sector = models.CharField(max_length=60, blank=True)
    tracked_index = models.CharField(max_length=120, blank=True)
    # Of an option: the symbol of what it is on, and C for a call, P for a put.
    underlying = models.CharField(max_length=60, blank=True)
    put_call = models.CharField(max_length=1, choices=[("C", "Call"), ("P", "Put")], blank=True)

    objects = InstrumentQuerySet.as_manager()

    class Meta:
        db_table = "instruments"
        indexes = [models.Index(fields=["symbol", "currency"], name="instrument_symbol")]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "conid"],
                condition=~Q(conid=""),
                nulls_distinct=False,
                name="instrument_conid",
            )
        ]

    def __str__(self) -> str:
        return self.symbol


class Price(UUIDModel):
    """One close: a day, an instrument, what one unit cost as traded (never adjusted), and who says so."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="prices")
    day = models.DateField()
    close = MoneyField()
    currency = CurrencyField()
    source = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "prices"
        constraints = [
            models.UniqueConstraint(fields=["instrument", "day"], name="price_day"),
            models.CheckConstraint(condition=Q(close__gt=0), name="price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.day} {self.close}"


# --- The ledger ------------------------------------------------------------------------------------


class LedgerQuerySet(PortfolioScopedQuerySet):
    """The ledger only grows: a mistake is taken back by a reversing row."""

    def update(self, **_: Any) -> NoReturn:
        """Refused."""
        raise Conflict("The ledger is append-only: record a reversal instead.", code="append-only")

    def delete(self) -> NoReturn:
        """Refused."""
        raise Conflict("The ledger is append-only: record a reversal instead.", code="append-only")

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        """Refused."""
        raise Conflict("The ledger is append-only: record a reversal instead.", code="append-only")

    def effective(self) -> Self:
        """Rows that still count: neither reversed nor a reversal."""
        return self.filter(reverses__isnull=True, reversal__isnull=True)


class Transaction(UUIDModel):
    """One row of the ledger: what happened in an account on a day, as its source told it.

    Signs and meanings are those of `TransactionRecord`. A row is never changed; a correction is a row
    that reverses it, followed by the right one.
    """

    portfolio = models.ForeignKey(Portfolio, on_delete=models.PROTECT, related_name="transactions")
    kind = models.CharField(max_length=20, choices=choices_of(TransactionKind))
    trade_date = models.DateField()
    sequence = models.BigIntegerField(default=0)
    executed_at = models.DateTimeField(null=True, blank=True)
    settle_date = models.DateField(null=True, blank=True)
    instrument = models.ForeignKey(
        Instrument, null=True, blank=True, on_delete=models.PROTECT, related_name="transactions"
    )
    quantity = MoneyField(default=Decimal(0))
    price = MoneyField(null=True, blank=True)
    amount = MoneyField(default=Decimal(0))
    fees = MoneyField(default=Decimal(0))
    currency = CurrencyField()
    fx_rate = RateField(null=True, blank=True)
    position_effect = models.CharField(
        max_length=5, choices=choices_of(PositionEffect), default=PositionEffect.UNSET, blank=True
    )
    ratio_new = MoneyField(null=True, blank=True)
    ratio_old = MoneyField(null=True, blank=True)
    counterpart = models.ForeignKey(
        Instrument, null=True, blank=True, on_delete=models.PROTECT, related_name="counterpart_transactions"
    )
    counter_quantity = MoneyField(null=True, blank=True)
    counter_amount = MoneyField(null=True, blank=True)
    counter_currency = CurrencyField(blank=True, default="")
    basis_fraction = RateField(null=True, blank=True)
    cost = MoneyField(null=True, blank=True)
    acquired = models.DateField(null=True, blank=True)
    transfer_id = models.UUIDField(null=True, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal"
    )
    order_ref = models.CharField(max_length=80, blank=True, default="")
    source = models.CharField(max_length=20)
    natural_key = models.CharField(max_length=120)
    source_hash = models.CharField(max_length=64)
    source_row = models.JSONField(default=dict)
    source_line = models.PositiveIntegerField(null=True, blank=True)
    import_run = models.ForeignKey(
        "ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="transactions"
    )
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        db_table = "trades"
        constraints = [
            # The same event read twice is one row: this is what makes an import idempotent.
            models.UniqueConstraint(fields=["portfolio", "natural_key"], name="trade_natural_key"),
            models.CheckConstraint(condition=Q(fees__gte=0), name="trade_fees_not_negative"),
        ]
        indexes = [
            models.Index(fields=["portfolio", "-trade_date", "-sequence", "-id"], name="trade_by_day"),
            models.Index(fields=["instrument", "trade_date"], name="trade_by_instrument"),
            models.Index(
                fields=["transfer_id"], name="trade_transfer", condition=Q(transfer_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trade_date} {self.kind} {self.instrument or self.currency}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise Conflict("The ledger is append-only: record a reversal instead.", code="append-only")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refused."""
        raise Conflict("The ledger is append-only: record a reversal instead.", code="append-only")


class LotSelectionQuerySet(models.QuerySet["LotSelection"]):
    """Choices of lots: they only follow each other."""

    def visible_to(self, user: Viewer) -> Self:
        """Choices for sales in portfolios that `user` may see."""
        return self.filter(transaction__portfolio__in=Portfolio.objects.visible_to(user))

    def update(self, **_: Any) -> NoReturn:
        """Refused."""
        raise Conflict("A choice of lots is never changed: record the next one.", code="append-only")

    def delete(self) -> NoReturn:
        """Refused."""
        raise Conflict("A choice of lots is never changed: record the next one.", code="append-only")


class LotSelection(UUIDModel):
    """The lots that a person named for a sale (Reg. 1.1012-1(c)(2)); the newest before settlement counts.

    `lots` is a list of `{"lot_id", "quantity"}`, the quantity as text; an empty one leaves the sale to the
    account's relief method again. Rows are never changed, so that who chose what, and when, stays readable.
    """

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="lot_selections")
    chosen_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    chosen_at = models.DateTimeField()
    lots = models.JSONField(default=list)

    objects = LotSelectionQuerySet.as_manager()

    class Meta:
        db_table = "lot_selections"
        indexes = [models.Index(fields=["transaction", "-chosen_at"], name="lot_selection_newest")]

    def __str__(self) -> str:
        return f"{self.transaction} {self.chosen_at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if not self._state.adding:
            raise Conflict("A choice of lots is never changed: record the next one.", code="append-only")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refused."""
        raise Conflict("A choice of lots is never changed: record the next one.", code="append-only")


# --- What is wanted -------------------------------------------------------------------------------


class TargetQuerySet(models.QuerySet["Target"]):
    """Targets, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Those of a household whose accounts `user` sees all of; grants do not open them."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(household__members__user=user, household__members__sees_all=True)


class Target(TimestampedModel):
    """The part of a household's wealth that something should be, as a fraction, and how far it may drift.

    `key` is a symbol, an asset class or a sector, by `kind`. `band` is the drift, as a fraction of wealth,
    beyond which it is brought back.
    """

    class Kind(models.TextChoices):
        """What the target is about."""

        INSTRUMENT = "instrument", "Instrument"
        ASSET_CLASS = "asset_class", "Asset class"
        SECTOR = "sector", "Sector"

    household = models.ForeignKey("accounts.Household", on_delete=models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INSTRUMENT)
    key = models.CharField(max_length=60)
    weight = RateField()
    band = RateField(default=Decimal("0.05"))

    objects = TargetQuerySet.as_manager()

    class Meta:
        db_table = "targets"
        constraints = [
            models.UniqueConstraint(fields=["household", "kind", "key"], name="target_once"),
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=1), name="target_weight"),
            models.CheckConstraint(condition=Q(band__gte=0, band__lte=1), name="target_band"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.weight}"


class RecurringPurchase(TimestampedModel):
    """A purchase that an account makes by itself at a steady pace, as its owner told of it."""

    class Pace(models.TextChoices):
        """How often it buys."""

        WEEKLY = "weekly", "Weekly"
        FORTNIGHTLY = "fortnightly", "Every two weeks"
        MONTHLY = "monthly", "Monthly"

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="recurring_purchases")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    amount = MoneyField()
    currency = CurrencyField()
    pace = models.CharField(max_length=12, choices=Pace, default=Pace.MONTHLY)
    next_on = models.DateField()
    is_paused = models.BooleanField(default=False)

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "recurring_purchases"
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="recurring_amount_positive")]

    def __str__(self) -> str:
        return f"{self.amount} of {self.instrument} {self.pace}"


# --- What follows from it --------------------------------------------------------------------------


class Lot(UUIDModel):
    """An open lot, derived from the ledger; see `LotRecord`."""

    root_id = models.UUIDField()
    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="lots")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="lots")
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="lots")
    origin = models.CharField(max_length=12, choices=choices_of(LotOrigin))
    acquired = models.DateField(null=True, blank=True)
    holding_date = models.DateField(null=True, blank=True)
    quantity = MoneyField()
    currency = CurrencyField()
    cost = MoneyField(null=True, blank=True)
    cost_base = MoneyField(null=True, blank=True)
    basis = MoneyField(null=True, blank=True)
    basis_base = MoneyField(null=True, blank=True)
    deferred_base = MoneyField(default=Decimal(0))
    loss_basis_base = MoneyField(null=True, blank=True)

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "tax_lots"
        indexes = [models.Index(fields=["portfolio", "instrument"], name="lot_position")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.instrument} {self.acquired}"


class Disposal(UUIDModel):
    """A closed piece of a lot, derived from the ledger; see `DisposalRecord`."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="disposals")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="disposals")
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="disposals")
    lot_id = models.UUIDField(null=True, blank=True)
    acquired = models.DateField(null=True, blank=True)
    holding_date = models.DateField(null=True, blank=True)
    disposed = models.DateField()
    quantity = MoneyField()
    currency = CurrencyField()
    proceeds = MoneyField()
    proceeds_base = MoneyField(null=True, blank=True)
    basis = MoneyField(null=True, blank=True)
    basis_base = MoneyField(null=True, blank=True)
    gain_base = MoneyField(null=True, blank=True)
    disallowed_base = MoneyField(default=Decimal(0))
    permanent_base = MoneyField(default=Decimal(0))
    recognised_base = MoneyField(null=True, blank=True)
    term = models.CharField(max_length=10, choices=choices_of(Term))
    cause = models.CharField(max_length=20, choices=choices_of(DisposalCause), default=DisposalCause.SALE)
    is_short_sale = models.BooleanField(default=False)
    # The record says None, not "", where the book does not know the lot.
    origin = models.CharField(  # noqa: DJ001
        max_length=12, choices=choices_of(LotOrigin), null=True, blank=True
    )
    acquisition_id = models.UUIDField(null=True, blank=True)

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "disposals"
        indexes = [models.Index(fields=["portfolio", "disposed"], name="disposal_by_day")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.instrument} {self.disposed}"


class WashSaleQuerySet(models.QuerySet["WashSale"]):
    """Matches of the wash-sale rule, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Matches whose loss or whose replacement lies in a portfolio that `user` may see.

        Of the other side, who sees only one of the two may know the day and the shares, since their own
        loss or basis follows from them, but not whose account it is: see `selectors.washes`.
        """
        seen = Portfolio.objects.visible_to(user)
        return self.filter(Q(portfolio__in=seen) | Q(replacement_portfolio__in=seen))


class WashSale(UUIDModel):
    """Shares sold at a loss and the shares that replaced them, derived from the ledger; see `WashRecord`."""

    disposal_id = models.UUIDField(db_index=True)
    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="washes")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="washes")
    sale = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="washes")
    sold = models.DateField()
    quantity = MoneyField()
    replacement_portfolio = models.ForeignKey(
        Portfolio, on_delete=models.CASCADE, related_name="replacement_washes"
    )
    replacement_instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="replacement_washes"
    )
    replacement = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="replacement_washes")
    replacement_lot_id = models.UUIDField()
    replaced_on = models.DateField()
    replacement_quantity = MoneyField()
    disallowed_base = MoneyField()
    is_permanent = models.BooleanField(default=False)
    days_tacked = models.IntegerField(null=True, blank=True)

    objects = WashSaleQuerySet.as_manager()

    class Meta:
        db_table = "wash_sales"
        indexes = [models.Index(fields=["portfolio", "sold"], name="wash_by_day")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.instrument} {self.sold} replaced {self.replaced_on}"


class Holding(UUIDModel):
    """The position of a portfolio in an instrument, derived from its lots; see `HoldingRecord`."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="holdings")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="holdings")
    quantity = MoneyField()
    currency = CurrencyField()
    basis = MoneyField(null=True, blank=True)
    basis_base = MoneyField(null=True, blank=True)
    lot_count = models.PositiveIntegerField(default=0)

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "holdings"
        constraints = [models.UniqueConstraint(fields=["portfolio", "instrument"], name="holding_position")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.instrument}"


class CashBalance(UUIDModel):
    """The cash of a portfolio in one currency: the sum of its ledger."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="cash_balances")
    currency = CurrencyField()
    amount = MoneyField()

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "cash_balances"
        constraints = [models.UniqueConstraint(fields=["portfolio", "currency"], name="cash_currency")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Valuation(UUIDModel):
    """What a portfolio was worth at the end of a day; see `ValuationRecord`."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="valuations")
    day = models.DateField()
    value = MoneyField(null=True, blank=True)
    cash = MoneyField(null=True, blank=True)
    flow = MoneyField(null=True, blank=True)
    # What had no usable price, and what was valued at an older one: a name a line.
    missing = models.TextField(blank=True, default="")
    stale = models.TextField(blank=True, default="")

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "valuations"
        constraints = [models.UniqueConstraint(fields=["portfolio", "day"], name="valuation_day")]

    def __str__(self) -> str:
        return f"{self.portfolio} {self.day}"

    @property
    def missing_names(self) -> list[str]:
        """Symbols and rates without which the day has no value."""
        return self.missing.splitlines()

    @property
    def stale_names(self) -> list[str]:
        """Symbols and rates that were carried over from an earlier day."""
        return self.stale.splitlines()


class Finding(UUIDModel):
    """A question about the data that a person should look at, derived; the identifier is the same as long
    as the question is.
    """

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="findings")
    instrument = models.ForeignKey(
        Instrument, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    transaction = models.ForeignKey(
        Transaction, null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    kind = models.CharField(max_length=20, choices=choices_of(FindingKind))
    day = models.DateField(null=True, blank=True)
    detail = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "findings"
        indexes = [models.Index(fields=["portfolio", "kind"], name="finding_kind")]

    def __str__(self) -> str:
        return self.detail


class FindingDismissal(TimestampedModel):
    """Somebody's word that a finding is all right, with the reason; it outlives every rebuild."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="dismissals")
    finding_id = models.UUIDField(unique=True)
    reason = models.CharField(max_length=300)
    dismissed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "finding_dismissals"

    def __str__(self) -> str:
        return self.reason


# --- Imports ---------------------------------------------------------------------------------------


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Import runs, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Runs that this user started, and runs into portfolios that they may see."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(Q(created_by=user) | Q(portfolio__in=Portfolio.objects.visible_to(user)))


class ImportRun(TimestampedModel):
    """One file on its way into the book: what it was, where it stands, what it did."""

    class State(models.TextChoices):
        """Where the run stands; the four last are final."""

        UPLOADED = "uploaded", "Uploaded"
        MAPPING = "mapping", "Waiting for its columns"
        READING = "reading", "Being read"
        REVIEW = "review", "Waiting for review"
        IMPORTING = "importing", "Being imported"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    household = models.ForeignKey("accounts.Household", on_delete=models.CASCADE, related_name="import_runs")
    portfolio = models.ForeignKey(
        Portfolio, null=True, blank=True, on_delete=models.SET_NULL, related_name="import_runs"
    )
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    source = models.CharField(max_length=10, blank=True)
    file = models.FileField(upload_to="imports/%Y/%m/")
    file_name = models.CharField(max_length=200)
    file_size = models.PositiveBigIntegerField()
    file_digest = models.CharField(max_length=64)
    mapping = models.JSONField(null=True, blank=True)
    # What the file says about each of its accounts, as read: number, currency, days, counts.
    accounts = models.JSONField(default=list)
    # For each account number in the file: the portfolio it goes into, or null to leave it out.
    account_map = models.JSONField(default=dict)
    adopts_openings = models.BooleanField(default=False)
    rows_total = models.PositiveIntegerField(default=0)
    rows_new = models.PositiveIntegerField(default=0)
    rows_known = models.PositiveIntegerField(default=0)
    rows_ignored = models.PositiveIntegerField(default=0)
    rows_left_out = models.PositiveIntegerField(default=0)
    rows_wrong = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        db_table = "import_runs"
        indexes = [models.Index(fields=["household", "-created_at"], name="import_recent")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}


class ImportRow(UUIDModel):
    """What became of one row of a file, and why."""

    class Status(models.TextChoices):
        """The fate of a row: as read, or after it met the book."""

        NEW = "new", "New"
        KNOWN = "known", "Already in the book"
        STATED = "stated", "Used to check the book"
        IGNORED = RowStatus.IGNORED.value, "Repeats other rows"
        LEFT_OUT = RowStatus.LEFT_OUT.value, "Left out"
        WRONG = RowStatus.WRONG.value, "Not understood"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    section = models.CharField(max_length=60, blank=True)
    account = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=10, choices=Status)
    reason = models.CharField(max_length=300, blank=True)
    field = models.CharField(max_length=60, blank=True)
    summary = models.CharField(max_length=200, blank=True)
    natural_key = models.CharField(max_length=120, blank=True)
    row = models.JSONField(default=dict)

    class Meta:
        db_table = "import_rows"
        indexes = [models.Index(fields=["run", "status", "line"], name="import_row_status")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.status}"


class StatedBalance(UUIDModel):
    """A position or a cash balance as a statement gave it: what the book is held against."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="stated_balances")
    import_run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="stated_balances")
    day = models.DateField()
    instrument = models.ForeignKey(
        Instrument, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    currency = CurrencyField()
    quantity = MoneyField()
    cost = MoneyField(null=True, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "stated_balances"
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio", "day", "instrument", "currency"],
                nulls_distinct=False,
                name="stated_balance_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.instrument or self.currency} {self.quantity}"


class ColumnMappingQuerySet(models.QuerySet["ColumnMapping"]):
    """Saved mappings, by who may see them."""

    def visible_to(self, user: Viewer) -> Self:
        """Mappings of one's own household."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(household__members__user=user)


class ColumnMapping(TimestampedModel):
    """How the columns of one kind of CSV file are to be read, kept under a name."""

    household = models.ForeignKey("accounts.Household", on_delete=models.CASCADE, related_name="mappings")
    name = models.CharField(max_length=80)
    header = models.CharField(max_length=64)
    mapping = models.JSONField()

    objects = ColumnMappingQuerySet.as_manager()

    class Meta:
        db_table = "column_mappings"
        constraints = [models.UniqueConstraint(fields=["household", "name"], name="column_mapping_name")]

    def __str__(self) -> str:
        return self.name
