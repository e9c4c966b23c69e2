"""`manage.py evaluate_models`: every model and every baseline on the same suite, and who may serve."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from common.errors import DomainError
from mlrecs.quant.evaluation.page import markdown, plain
from mlrecs.services.evaluations import SEEDS, champion_before, evaluation_keep, evaluation_run


class Command(BaseCommand):
    """Runs the suite and prints its tables; the result is kept where there is a database."""

    help = (
        "Judge the anomaly models: named crises from 1990 to 2022 and eight kinds of planted anomaly on the "
        "returns of twenty stocks, for every model and every baseline, over several seeds, with the gate "
        "that a model must pass to serve. Takes about ten minutes of one core."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        usual = ",".join(str(seed) for seed in SEEDS)
        parser.add_argument("--seeds", default=usual, help="of nets and planted anomalies, with commas")
        parser.add_argument("--draws", type=int, default=200, help="of the bootstrap, 20 to 2000")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the result as a page")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it. Exits non-zero, with the reason, when it cannot be run or the page cannot be written."""
        seeds, draws = _seeds(options["seeds"]), _draws(options["draws"])
        try:
            result = evaluation_run(
                seeds=seeds, draws=draws, champion=self._champion(), on_progress=self._progress
            )
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        self._keep(result)
        if options["markdown"]:
            self._write(options["markdown"], result, _command(options["seeds"], draws))
        elif options["json"]:
            self.stdout.write(json.dumps(result, indent=2, ensure_ascii=False))
        else:
            self.stdout.write(plain(result))

    def _champion(self) -> str:
        """Who serves before the gate is asked; nobody where there is no database to ask."""
        try:
            return champion_before()
        except DatabaseError:
            return ""

    def _progress(self, words: str) -> None:
        self.stderr.write(words)

    def _keep(self, result: dict[str, Any]) -> None:
        try:
            evaluation_keep(result=result)
        except DatabaseError:
            self.stderr.write("There is no database: the result is printed and not kept.")

    def _write(self, path: Path, result: dict[str, Any], command: str) -> None:
        try:
            path.write_text(markdown(result, command=command), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path}: cannot be written ({error.strerror}).") from None
        self.stdout.write(f"{path}: {len(result['crises']['rows'])} detectors")


def _seeds(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() for part in parts) or len(set(parts)) != len(parts):
        raise CommandError("--seeds: different whole numbers with commas between them, such as 1,2,3.")
    return tuple(int(part) for part in parts)


def _draws(draws: int) -> int:
    fewest, most = 20, 2000
    if not fewest <= draws <= most:
        raise CommandError(f"--draws: from {fewest} to {most}.")
    return draws


def _command(seeds: str, draws: int) -> str:
    usual = ",".join(str(seed) for seed in SEEDS)
    asked = [f" --seeds {seeds}"] if seeds != usual else []
    asked += [f" --draws {draws}"] if draws != 200 else []  # noqa: PLR2004 - the usual number
    return "manage.py evaluate_models" + "".join(asked)
