"""What was fetched from a broker, and where book and broker do not agree."""

from django.db import models
from django.db.models import Q

from common.models import MoneyField, TimestampedModel, UUIDModel
from trading.models.gateways import PortfolioRowsQuerySet


class SyncRun(UUIDModel):
    """One comparison with the broker behind a gateway: when, what came, and how it ended."""

    class State(models.TextChoices):
        """How the run stands."""

        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    gateway = models.ForeignKey("trading.Gateway", on_delete=models.CASCADE, related_name="sync_runs")
    cause = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "sync_runs"
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["gateway", "-started_at"], name="sync_run_time")]

    def __str__(self) -> str:
        return f"{self.cause} {self.started_at:%Y-%m-%d %H:%M}"


class Difference(TimestampedModel):
    """Something on which book and broker do not agree: a task for a person, never mended in silence.

    `ours` and `theirs` are the two figures. It closes by itself when a later comparison agrees, or when
    somebody settles it with a reason.
    """

    class Kind(models.TextChoices):
        """What differs."""

        POSITION = "position", "Position"
        CASH = "cash", "Cash"
        ORDER = "order", "Order"
        EXECUTION = "execution", "Execution"

    account = models.ForeignKey("trading.BrokerAccount", on_delete=models.CASCADE, related_name="differences")
    portfolio = models.ForeignKey(
        "portfolios.Portfolio", on_delete=models.CASCADE, related_name="differences"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=80)
    instrument = models.ForeignKey(
        "portfolios.Instrument", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    ours = MoneyField(null=True, blank=True)
    theirs = MoneyField(null=True, blank=True)
    words = models.CharField(max_length=300)
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)

    objects = PortfolioRowsQuerySet.as_manager()

    class Meta:
        db_table = "broker_differences"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "subject"],
                condition=Q(closed_at__isnull=True),
                name="difference_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.words
