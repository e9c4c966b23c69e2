"""manage.py rebuild_book: derive lots, disposals, holdings and valuations again from the ledger."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Household
from portfolios.services.book import book_derive
from portfolios.services.valuations import valuations_refresh


class Command(BaseCommand):
    """Rebuild the derived tables; the same ledger gives the same bytes, shown as a digest."""

    help = "Derive the book again from the ledger, for everybody or for one person's household."

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command."""
        parser.add_argument("--owner", metavar="EMAIL", help="only the household of this person")
        parser.add_argument("--without-valuations", action="store_true", help="leave daily values alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild and print one line for each household."""
        households = Household.objects.order_by("created_at")
        if options["owner"]:
            households = households.filter(members__user__email=options["owner"].lower())
            if not households.exists():
                raise CommandError(f"Nobody with a household signs in as {options['owner']}.")
        for household in households:
            started = time.monotonic()
            summary = book_derive(household_id=household.pk)
            if not options["without_valuations"]:
                valuations_refresh(household_id=household.pk)
            self.stdout.write(
                f"{household.name}: {summary.lots} lots, {summary.disposals} disposals, "
                f"{summary.holdings} holdings, {summary.findings} findings in "
                f"{time.monotonic() - started:.2f} s, digest {summary.digest[:16]}"
            )
