"""manage.py measure_tone: how often the reader of tone is right, beside guessing the commonest label."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from common.errors import DomainError
from mlrecs.selectors.tone import SAMPLE, SAMPLE_WORDS, labelled_rows
from mlrecs.services.tone import model_reader, tone_measure, tone_measured, words_reader


class Command(BaseCommand):
    """Measure, keep the result for the page, and print it."""

    help = "Measure the reader of tone on labelled texts (CSV with text,label; by default those that ship)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command."""
        parser.add_argument("file", type=Path, nargs="?", default=SAMPLE)
        parser.add_argument("--model", action="store_true", help="measure the model, not the dictionary")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure and print."""
        path: Path = options["file"]
        try:
            labelled = labelled_rows(path)
            key, read = model_reader() if options["model"] else words_reader()
            figures = tone_measure(labelled, read)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(error.detail) from error
        on = SAMPLE_WORDS if path == SAMPLE else f"{figures.texts} labelled texts of {path.name}"
        tone_measured(key=key, figures=figures, on=on, day=timezone.localdate())
        if options["json"]:
            self.stdout.write(json.dumps({"reader": key, "on": on, **asdict(figures)}, default=str))
            return
        self.stdout.write(
            f"{key}: {figures.accuracy} right ({figures.low} to {figures.high}) of {figures.texts} texts; "
            f"always “{figures.majority_label}”: {figures.majority}; macro-F1 {figures.macro_f1}.\n"
            f"Measured on {on}."
        )
