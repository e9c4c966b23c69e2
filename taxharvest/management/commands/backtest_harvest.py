"""`manage.py backtest_harvest`: harvesting on real prices, with the wash rule and without."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from taxharvest.quant.backtest.assumptions import (
    Assumptions,
    Deposits,
    Review,
    Threshold,
    Use,
    assumptions_read,
)
from taxharvest.quant.backtest.markdown import markdown, plain
from taxharvest.services.backtests import backtest_make

NAMES = ("years", "rates", "review", "deposits", "threshold", "use", "cost", "paths", "seed")


class Command(BaseCommand):
    """Makes one back-test and prints its tables, with every assumption before them."""

    help = (
        "Walk lots of real stocks through 1990 to 2022 and say what harvesting their losses would have "
        "brought, with the wash-sale rule and without, by review, threshold, deposits, rates, costs and "
        "years. The result is kept: the same assumptions, code and prices are not reckoned twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        usual = Assumptions()
        parser.add_argument("--years", type=int, default=usual.years, help="how long is held, 5 to 20")
        parser.add_argument(
            "--rates", default=str(usual.rates), help="short/long in per cent: 35/15, 37+3.8/20+3.8"
        )
        parser.add_argument("--review", default=usual.review.value, help=", ".join(Review))
        parser.add_argument("--deposits", default=usual.deposits.value, help=", ".join(Deposits))
        parser.add_argument("--threshold", default=usual.threshold.value, help=", ".join(Threshold))
        parser.add_argument("--use", default=usual.use.value, help="what losses meet: " + ", ".join(Use))
        parser.add_argument("--cost", default=str(usual.cost), help="of a trade, in hundredths of a per cent")
        parser.add_argument("--paths", type=int, default=usual.paths, help="histories drawn, 0 to 400")
        parser.add_argument("--seed", type=int, default=usual.seed, help="of everything that is drawn")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the result as a page")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or take the one that is kept. Exits non-zero, with the reason, when it cannot be made."""
        try:
            assumptions = assumptions_read({name: options[name] for name in NAMES})
            backtest = backtest_make(assumptions=assumptions)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        result: dict[str, Any] = backtest.result or {}
        if options["markdown"]:
            self._write(options["markdown"], result, assumptions)
        elif options["json"]:
            self.stdout.write(json.dumps(result, indent=2, ensure_ascii=False))
        else:
            self.stdout.write(plain(result))

    def _write(self, path: Path, result: dict[str, Any], assumptions: Assumptions) -> None:
        page = markdown(result, day=timezone.localdate().isoformat(), command=_command(assumptions))
        try:
            path.write_text(page, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path}: cannot be written ({error.strerror}).") from None
        self.stdout.write(f"{path}: {len(result['tables'])} tables of {result['made']['starts']} starts")


def _command(assumptions: Assumptions) -> str:
    """The command that makes this back-test, with the options that differ from the usual ones."""
    usual = Assumptions().to_json()
    asked = [f"--{name} {value}" for name, value in assumptions.to_json().items() if value != usual[name]]
    return " ".join(["manage.py backtest_harvest", *asked])
