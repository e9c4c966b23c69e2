"""Makes a house ready to serve: the tables, and for a demo its data."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from wealthalloc.demo.gateway import paper_gateway_stand
from wealthalloc.demo.intelligence_advice import advice_ask


class Command(BaseCommand):
    """One process for both steps, since starting one costs more than an unchanged step."""

    help = "Migrate the database and, with --demo, load the demo's data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The one choice."""
        parser.add_argument("--demo", action="store_true", help="load the demo's data too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then load what ships with the release."""
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        self.stdout.write("The tables are up to date.")
        call_command("load_replacements", stdout=self.stdout)
        call_command("load_lessons", stdout=self.stdout)
        if options["demo"] and "load_demo" in get_commands():
            call_command("load_demo")
        paper_gateway_stand()
        if options["demo"]:
            advice_ask()
