"""`manage.py recommend [--portfolio ID] [--measure]`: look for advice, and measure what it is worth."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mlrecs.models import AdviceRun
from mlrecs.selectors.advice_facts import advisable
from mlrecs.services.advice import advice_look
from mlrecs.services.advice_evidence import evidence_measure
from mlrecs.tasks.advice import advice_tools


class Command(BaseCommand):
    """Looks through every open account, or one, and prints what was advised and what stood against it."""

    help = (
        "Look for advice in every open account, or in one. What was advised already, set aside lately or "
        "waits for a decision is not advised again. With --measure, first walk every method and screen "
        "forward over the twenty stocks of the training universe and keep the result (about a minute)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--portfolio", type=UUID, metavar="ID", help="this account alone")
        parser.add_argument("--measure", action="store_true", help="measure what advice is worth first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look. Exits non-zero for an account that is not there."""
        now = timezone.now()
        if options["measure"]:
            self._measure()
        accounts = advisable()
        if options["portfolio"] is not None:
            accounts = accounts.filter(pk=options["portfolio"])
            if not accounts.exists():
                raise CommandError(f"There is no open account {options['portfolio']}.")
        tools = advice_tools()
        total = sum(advice_look(portfolio.pk, now, tools) for portfolio in accounts)
        for run in AdviceRun.objects.filter(portfolio__in=accounts).exclude(words="").order_by("pk"):
            self.stdout.write(f"{run.portfolio_id} {run.kind}: {run.words}")
        self.stdout.write(f"{total} new recommendations in {accounts.count()} accounts.")

    def _measure(self) -> None:
        from mlrecs.quant.optimise.evidence import advice_evidence  # noqa: PLC0415 - arrays

        self.stdout.write(evidence_measure(timezone.now(), advice_evidence).words)
