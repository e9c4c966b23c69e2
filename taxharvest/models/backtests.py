"""Back-tests of harvesting that somebody asked for, with what they showed."""

from django.db import models

from common.models import TimestampedModel


class HarvestBacktest(TimestampedModel):
    """One back-test: its assumptions, how far it is, and its result. Nothing of a person's book is in it."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    requested_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # The digest of assumptions, data and code: the same run is not made twice.
    digest = models.CharField(max_length=64, unique=True)
    assumptions = models.JSONField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "harvest_backtests"

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d} {self.state}"
