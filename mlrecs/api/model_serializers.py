"""What the operations of models and trainings take and give."""

from typing import Any

from rest_framework import serializers

from mlrecs.engine.model_catalogue import LEARNERS
from mlrecs.engine.training_wishes import EPOCHS, LARGEST_SEED, OWN, SOURCES, TrainingWish, wish_read
from mlrecs.models import ModelVersion, TrainingRun


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """A model with all that made it. Its weights stay here; `digest` is their SHA-256."""

    universe = serializers.ListField(child=serializers.CharField())
    metrics = serializers.DictField(child=serializers.JSONField())
    thresholds = serializers.DictField(child=serializers.JSONField())
    settings = serializers.DictField(child=serializers.JSONField())
    library_versions = serializers.DictField(child=serializers.CharField())
    is_own = serializers.SerializerMethodField(help_text="Whether it is your household's alone.")

    class Meta:
        model = ModelVersion
        fields = (
            "id", "task", "name", "version", "status", "is_own", "digest", "settings", "universe",
            "data_digest", "data_from", "data_until", "seed", "code_version", "library_versions", "metrics",
            "thresholds", "promoted_at", "created_at",
        )  # fmt: skip

    def get_is_own(self, model: ModelVersion) -> bool:
        """Whether it belongs to a household."""
        return model.household_id is not None


class TrainingAskSerializer(serializers.Serializer[Any]):
    """What is trained."""

    name = serializers.ChoiceField(choices=LEARNERS, default=LEARNERS[-1])
    source = serializers.ChoiceField(  # type: ignore[assignment] # a field called as the wire calls it
        choices=SOURCES, default=OWN, help_text="What you hold, or the reference universe."
    )
    seed = serializers.IntegerField(min_value=0, max_value=LARGEST_SEED, default=1)
    epochs = serializers.IntegerField(
        min_value=EPOCHS[0], max_value=EPOCHS[1], required=False, allow_null=True
    )

    def wish(self) -> TrainingWish:
        """The validated body as the services take it."""
        return wish_read(dict(self.validated_data))


class TrainingRunSerializer(serializers.ModelSerializer[TrainingRun]):
    """A training and how far it is."""

    settings = serializers.DictField(child=serializers.JSONField())
    progress = serializers.IntegerField(help_text="Of a hundred.")
    history = serializers.ListField(child=serializers.CharField(), help_text="Loss by epoch.")
    model = serializers.UUIDField(source="model_id", allow_null=True, read_only=True)

    class Meta:
        model = TrainingRun
        fields = (
            "id", "state", "progress", "settings", "history", "model", "words", "created_at", "started_at",
            "finished_at",
        )  # fmt: skip
