"""manage.py load_demo: put the invented household and its moved prices into the book."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from wealthalloc.demo.household import EMAIL, PASSWORD
from wealthalloc.demo.load import demo_load


class Command(BaseCommand):
    """Load the demo, or say that it is there."""

    help = "Load the demo household: four accounts, three years, prices that end yesterday."

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command."""
        parser.add_argument("--fresh", action="store_true", help="take down what is there first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and print what there is."""
        summary = demo_load(today=timezone.now().date(), fresh=options["fresh"])
        verb = "is loaded already" if summary.was_loaded else "loaded"
        self.stdout.write(
            f"Demo {verb}: {summary.transactions} transactions, {summary.prices} closes up to "
            f"{summary.last_day}. Sign in as {EMAIL} / {PASSWORD}"
        )
