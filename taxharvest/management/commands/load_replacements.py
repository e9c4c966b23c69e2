"""manage.py load_replacements: take the table of replacements of this release into the database."""

from typing import Any

from django.core.management.base import BaseCommand

from taxharvest.services.replacement_rows import pairs_load


class Command(BaseCommand):
    """Load the table; what operators changed stays."""

    help = "Take the table of replacement funds that ships with this release into the database."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what changed."""
        loaded = pairs_load()
        self.stdout.write(
            f"Replacements: {loaded.added} rows added, {loaded.renewed} renewed, "
            f"{loaded.kept} kept as operators changed them."
        )
