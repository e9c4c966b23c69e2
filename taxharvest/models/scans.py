"""The proof that every account was looked at: scans, and what each found in each account."""

from django.db import models

from common.models import UUIDModel
from trading.models.gateways import PortfolioRowsQuerySet


class HarvestScan(UUIDModel):
    """One look for losses, over one account or all that are enabled, on one day."""

    class Cause(models.TextChoices):
        """Why it was made."""

        NIGHTLY = "nightly", "Nightly"
        DEMAND = "demand", "On demand"
        FALL = "fall", "After a large fall"

    class State(models.TextChoices):
        """How far it is."""

        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    day = models.DateField()
    cause = models.CharField(max_length=8, choices=Cause)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    # An on-demand scan covers one household; the others cover everybody.
    household = models.ForeignKey(
        "accounts.Household", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    requested_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    accounts = models.PositiveIntegerField(default=0)
    scanned = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    candidates = models.PositiveIntegerField(default=0)
    proposals = models.PositiveIntegerField(default=0)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "harvest_scans"
        indexes = [models.Index(fields=["-started_at"], name="harvest_scan_time")]
        constraints = [
            # What runs by itself runs once a day, whoever starts it; people may ask as often as they like.
            models.UniqueConstraint(
                fields=["day", "cause", "household"],
                condition=~models.Q(cause="demand"),
                nulls_distinct=False,
                name="harvest_scan_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.day}"


class ScannedAccount(UUIDModel):
    """What one scan did with one account: looked through it, or why not, and every decision with its reason.

    `decisions` is a list of `{"instrument", "symbol", "shares", "loss", "decision", "words", …}`, amounts as
    text.
    """

    class Outcome(models.TextChoices):
        """Whether the account was looked through."""

        SCANNED = "scanned", "Scanned"
        PARTLY = "partly", "Scanned in part"
        SKIPPED = "skipped", "Skipped"

    class Reason(models.TextChoices):
        """Why an account, or a part of it, was not looked through."""

        NONE = "", "—"
        DISABLED = "disabled", "Harvesting is not enabled"
        NOT_TAXABLE = "not_taxable", "Losses of this account do not count"
        CLOSED = "closed", "The account is closed"
        NO_PRICE = "no_price", "A price is missing or too old"
        STALE_SYNC = "stale_sync", "The book is older than the broker's"
        MISSING_BASIS = "missing_basis", "A basis is not known"
        DIFFERENCES = "differences", "Book and broker differ"
        FAILED = "failed", "The look failed"

    scan = models.ForeignKey(HarvestScan, on_delete=models.CASCADE, related_name="scanned_accounts")
    portfolio = models.ForeignKey("portfolios.Portfolio", on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=14, choices=Reason, blank=True)
    words = models.CharField(max_length=300, blank=True)
    candidates = models.PositiveIntegerField(default=0)
    proposals = models.PositiveIntegerField(default=0)
    decisions = models.JSONField(default=list, blank=True)

    objects = PortfolioRowsQuerySet.as_manager()

    class Meta:
        db_table = "harvest_scanned_accounts"
        constraints = [models.UniqueConstraint(fields=["scan", "portfolio"], name="scanned_account_once")]

    def __str__(self) -> str:
        return f"{self.portfolio} {self.outcome}"
