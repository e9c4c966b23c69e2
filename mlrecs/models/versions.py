"""Models as they were trained: weights, where they come from, how they measure, and which one serves."""

from django.db import models
from django.db.models import Q

from common.models import TimestampedModel
from mlrecs.models.scoping import SharedOrHouseholdQuerySet


class ModelVersion(TimestampedModel):
    """One trained model, or one rule that stands as a model (a baseline can be champion).

    `weights` are safetensors, never a pickle; `digest` is their SHA-256 and is checked at every load.
    Without a household it serves everybody; a household's own is for its universe alone.
    """

    class Status(models.TextChoices):
        """Its place."""

        CANDIDATE = "candidate", "Candidate"
        CHALLENGER = "challenger", "Challenger"
        CHAMPION = "champion", "Champion"
        RETIRED = "retired", "Retired"

    task = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.CANDIDATE)
    household = models.ForeignKey(
        "accounts.Household", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    weights = models.BinaryField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    scaler = models.JSONField(default=dict, blank=True)
    universe = models.JSONField(default=list, blank=True)
    data_digest = models.CharField(max_length=64, blank=True)
    data_from = models.DateField(null=True, blank=True)
    data_until = models.DateField(null=True, blank=True)
    seed = models.PositiveIntegerField(default=0)
    code_version = models.CharField(max_length=64, blank=True)
    library_versions = models.JSONField(default=dict, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    thresholds = models.JSONField(default=dict, blank=True)
    words = models.CharField(max_length=300, blank=True)
    proposed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    promoted_at = models.DateTimeField(null=True, blank=True)

    objects = SharedOrHouseholdQuerySet.as_manager()

    class Meta:
        db_table = "model_versions"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "name", "version", "household"],
                nulls_distinct=False,
                name="model_version_once",
            ),
            models.UniqueConstraint(
                fields=["task", "household"],
                condition=Q(status="champion"),
                nulls_distinct=False,
                name="model_one_champion",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.name} {self.version}"


class TrainingRun(TimestampedModel):
    """One training that a person or the calendar asked for; it can be cancelled, and goes on where it was."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        CANCELLED = "cancelled", "Cancelled"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    household = models.ForeignKey(
        "accounts.Household", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    requested_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settings = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    is_cancel_wanted = models.BooleanField(default=False)
    # Weights and optimiser state of the last epoch, as safetensors.
    checkpoint = models.BinaryField(null=True, blank=True)
    model = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="training_runs"
    )
    history = models.JSONField(default=list, blank=True)
    words = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SharedOrHouseholdQuerySet.as_manager()

    class Meta:
        db_table = "training_runs"

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.state}"


class DriftReport(TimestampedModel):
    """How far the world has moved from what a model was trained on, week by week."""

    model = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="drift_reports")
    day = models.DateField()
    has_drifted = models.BooleanField(default=False)
    figures = models.JSONField(default=dict)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "drift_reports"
        constraints = [models.UniqueConstraint(fields=["model", "day"], name="drift_report_day")]

    def __str__(self) -> str:
        return f"{self.model} {self.day}"


class Evaluation(TimestampedModel):
    """One run of the evaluation: every model and every baseline on the same suite."""

    day = models.DateField()
    suite = models.CharField(max_length=40)
    seeds = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    champion = models.CharField(max_length=60, blank=True)
    words = models.CharField(max_length=400, blank=True)

    class Meta:
        db_table = "model_evaluations"

    def __str__(self) -> str:
        return f"{self.suite} {self.day}"
