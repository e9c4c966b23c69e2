"""Models and scores in the demo: made by its worker once the first page stands, in seconds.

The evaluation takes minutes, so that of the release is shown.
"""

from django.db import transaction

from mlrecs.engine.model_catalogue import LEARNERS
from mlrecs.engine.training_wishes import FROZEN, TrainingWish
from mlrecs.models import ModelVersion
from mlrecs.services.evaluations import evaluation_adopt
from mlrecs.services.training_runs import training_begin
from mlrecs.tasks import enqueue_scores


def scores_tell() -> None:
    """Ask for nets that learnt until 1999, unless they are there, and for the scores of every day since."""
    evaluation_adopt()
    missing = () if ModelVersion.objects.filter(household=None, weights__isnull=False).exists() else LEARNERS
    runs = [training_begin(wish=TrainingWish(name=name, last=FROZEN)) for name in missing]
    transaction.on_commit(lambda: enqueue_scores([run.pk for run in runs]))
