"""`manage.py measure_risk`: the risk report of one account, or of all."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mlrecs.models import RiskReport
from mlrecs.selectors.risk_reports import accounts_measured
from mlrecs.services.risk_reports import risk_measure
from trading.engine.market_days import market_today


class Command(BaseCommand):
    """Measures, keeps the reports, and prints them."""

    help = (
        "Measure the risk of every open account, or of one, on a day: volatility, value at risk and the mean "
        "loss beyond it with their back-tests, falls, beta, shares of the risk, and scenarios. Made again, a "
        "report of the same day takes the place of the first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--portfolio", type=UUID, metavar="ID", help="one account alone")
        parser.add_argument("--day", type=date.fromisoformat, help="the day; today in New York unless given")
        parser.add_argument("--json", action="store_true", help="print the reports as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure. Exits non-zero, with the reason, when the one account that is named has no report."""
        day = options["day"] or market_today(timezone.now())
        named: UUID | None = options["portfolio"]
        keys = [named] if named else list(accounts_measured())
        made = [(key, risk_measure(portfolio_id=key, day=day)) for key in keys]
        rows = [row for _, row in made if row is not None]
        if named and not rows:
            raise CommandError("There is no such account.")
        if named and not rows[0].is_good:
            raise CommandError(rows[0].words)
        if options["json"]:
            self.stdout.write(json.dumps([_told(row) for row in rows], indent=2, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(f"{row.portfolio_id} {_words(row)}")
        good = sum(row.is_good and not row.words for row in rows)
        self.stdout.write(f"{day.isoformat()}: {good} of {len(rows)} accounts measured")


def _told(row: RiskReport) -> dict[str, Any]:
    return {
        "portfolio": str(row.portfolio_id),
        "day": row.day.isoformat(),
        "is_good": row.is_good,
        "words": row.words,
        "figures": row.figures,
    }


def _words(row: RiskReport) -> str:
    if row.words:
        return row.words
    return ", ".join(
        f"{figure['key']} {figure['value']} ({figure['check']['verdict']})"
        for figure in row.figures["figures"]
        if figure["value"] is not None
    )
