"""What may stand in for what: funds on different indices, and who overrode a row."""

from django.db import models

from common.models import TimestampedModel
from taxharvest.models.scoping import HouseholdRowsQuerySet


class ReplacementPair(TimestampedModel):
    """A fund and another that may replace it, on a different index, with where that is known from.

    Whether two funds are substantially identical no authority has said; `tag` is RED for the same index
    (never offered), AMBER for nearly the same, GREEN for others, with the reason in words.
    """

    class Tag(models.TextChoices):
        """How near the two are."""

        RED = "red", "Same index or share class"
        AMBER = "amber", "Nearly the same index"
        GREEN = "green", "Different index"

    class Confidence(models.TextChoices):
        """How sure the row is."""

        READ = "read", "Read at its source"
        RULE = "rule", "Follows from a rule"
        MEMORY = "memory", "From memory, to be checked"

    asset_class = models.CharField(max_length=60)
    symbol = models.CharField(max_length=20)
    index = models.CharField(max_length=120, blank=True)
    index_family = models.CharField(max_length=40, blank=True)
    issuer = models.CharField(max_length=40, blank=True)
    other_symbol = models.CharField(max_length=20)
    other_index = models.CharField(max_length=120, blank=True)
    other_index_family = models.CharField(max_length=40, blank=True)
    other_issuer = models.CharField(max_length=40, blank=True)
    rank = models.PositiveSmallIntegerField(default=1)
    tag = models.CharField(max_length=5, choices=Tag)
    reason = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=6, choices=Confidence)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "replacement_pairs"
        constraints = [
            models.UniqueConstraint(fields=["symbol", "other_symbol"], name="replacement_pair_once"),
            models.CheckConstraint(
                condition=~models.Q(symbol=models.F("other_symbol")), name="replacement_pair_differs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} → {self.other_symbol}"


class ReplacementOverride(TimestampedModel):
    """Somebody's word that a replacement is allowed or forbidden, with the reason.

    Without a household it is an operator's and holds for everybody; a household's own goes before it.
    """

    class Verdict(models.TextChoices):
        """What was said."""

        ALLOW = "allow", "Allow"
        FORBID = "forbid", "Forbid"

    household = models.ForeignKey(
        "accounts.Household", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    symbol = models.CharField(max_length=20)
    other_symbol = models.CharField(max_length=20)
    verdict = models.CharField(max_length=6, choices=Verdict)
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    objects = HouseholdRowsQuerySet.as_manager()

    class Meta:
        db_table = "replacement_overrides"
        constraints = [
            models.UniqueConstraint(
                fields=["household", "symbol", "other_symbol"],
                nulls_distinct=False,
                name="replacement_override_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.symbol} → {self.other_symbol}"
