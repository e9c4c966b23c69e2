"""`manage.py score_anomalies`: how unusual the days were, for the market and for every account."""

from argparse import ArgumentParser
from datetime import date
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from mlrecs.selectors.scored_accounts import accounts_scored
from mlrecs.services.account_scores import accounts_score
from mlrecs.services.anomaly_scores import ScoreReport, market_score


class Command(BaseCommand):
    """Scores what has not been scored yet, and says of each subject what came of it."""

    help = (
        "Score the days that have not been scored: the market (from 1990 on, each day as it would have been "
        "told on its evening) and every account that holds something. What the rules find in prices is told, "
        "too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--portfolio", type=UUID, metavar="ID", help="this account alone")
        parser.add_argument("--market", action="store_true", help="the market alone")
        parser.add_argument("--day", type=date.fromisoformat, metavar="DAY", help="as of this day, not today")

    def handle(self, *args: Any, **options: Any) -> None:
        """Score and print. Exits non-zero, with the reason, when the market cannot be scored."""
        today = options["day"] or timezone.localdate()
        if options["portfolio"] is None:
            self._market(today)
        if options["market"]:
            return
        batches = [[options["portfolio"]]] if options["portfolio"] else accounts_scored()
        for batch in batches:
            for report in accounts_score(portfolio_ids=batch, today=today):
                self._tell(report)

    def _market(self, today: date) -> None:
        try:
            self._tell(market_score(today=today))
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None

    def _tell(self, report: ScoreReport) -> None:
        words = f" {report.words}" if report.words else ""
        self.stdout.write(f"{report.subject}: {report.days} days, {report.alarms} alarms.{words}")
