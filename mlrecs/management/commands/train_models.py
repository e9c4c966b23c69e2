"""`manage.py train_models`: train nets here and now, or go on with a training that stopped."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from mlrecs.engine.model_catalogue import LEARNERS
from mlrecs.engine.training_wishes import FROZEN, SOURCES, wish_read
from mlrecs.models import TrainingRun
from mlrecs.services.training_runs import training_begin, training_make


class Command(BaseCommand):
    """Trains each net that is named and registers it as a challenger."""

    help = (
        "Train nets on one thread and register each as a challenger: weights in safetensors with their "
        "digest, the returns, the seed and the code they come from. The same seed gives the same weights."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help=", ".join(LEARNERS) + "; both by default"
        )
        parser.add_argument("--seed", type=int, default=1, help="of weights and of the order of samples")
        parser.add_argument("--epochs", type=int, help="how many; the usual number by default")
        parser.add_argument("--source", default=SOURCES[0], help=", ".join(SOURCES))
        parser.add_argument("--household", type=UUID, metavar="ID", help="whose instruments, for `own`")
        parser.add_argument(
            "--last", default=FROZEN.isoformat(), metavar="DAY", help="last day learnt from; `all`"
        )
        parser.add_argument("--resume", type=UUID, metavar="RUN", help="go on with this training")

    def handle(self, *args: Any, **options: Any) -> None:
        """Train and print. Exits non-zero, with the reason, when a training does not come about."""
        if options["resume"]:
            self._make(options["resume"])
            return
        for name in options["names"] or LEARNERS:
            asked = {key: options[key] for key in ("seed", "epochs", "source")} | {"name": name}
            asked["last"] = (
                None if options["last"] == "all" or options["source"] == "own" else options["last"]
            )
            try:
                run = training_begin(wish=wish_read(asked), household_id=options["household"])
            except DomainError as refusal:
                raise CommandError(refusal.detail) from None
            self._make(run.pk)

    def _make(self, run_id: UUID) -> None:
        run = training_make(run_id=run_id, now=timezone.now(), told=self._tell)
        if run is None:
            raise CommandError("There is no such training, or a worker has it.")
        if run.model is None:
            raise CommandError(run.words)
        self.stdout.write(f"{run.model}: {run.model.digest}, run {run.pk}")

    def _tell(self, run: TrainingRun) -> None:
        self.stdout.write(f"epoch {len(run.history)}: loss {run.history[-1]}, {run.progress} of 100")
