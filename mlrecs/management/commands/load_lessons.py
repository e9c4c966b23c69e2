"""manage.py load_lessons: take the lessons of this release into the library."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import InvalidInput
from mlrecs.services.lessons import lessons_load


class Command(BaseCommand):
    """Load the lessons; what operators changed stays."""

    help = "Take the lessons that ship with this release into the library."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what changed."""
        try:
            loaded = lessons_load()
        except InvalidInput as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(
            f"Lessons: {loaded.added} added, {loaded.renewed} renewed, "
            f"{loaded.kept} kept as operators changed them."
        )
