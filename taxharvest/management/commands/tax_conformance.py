"""manage.py tax_conformance: put tax cases to the engine and say where its answers differ."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.errors import DomainError
from taxharvest.engine.conformance.comparison import differences
from taxharvest.engine.conformance.registry import result_of


class Command(BaseCommand):
    """Answer each case of the files; with --json print the answers, else what differs."""

    help = (
        "Put tax cases (JSON lists) to the tax engine. Prints each case with “pass” or what differs from its "
        "expected result, and fails on any difference; with --json, prints the engine's results instead."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print a list of objects with id and result")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer the cases. Exits non-zero where one differs or could not be answered."""
        cases = [(path, case) for path in options["files"] for case in _cases(path)]
        if options["json"]:
            self._print_results(cases)
        else:
            self._print_table(cases)

    def _print_results(self, cases: list[tuple[Path, Mapping[str, Any]]]) -> None:
        results, refusals = [], []
        for path, case in cases:
            try:
                results.append({"id": case["id"], "result": result_of(case)})
            except DomainError as refusal:
                refusals.append(f"{path}: {refusal.detail}")
        self.stdout.write(json.dumps(results, ensure_ascii=False, indent=1))
        if refusals:
            raise CommandError("\n".join(refusals))

    def _print_table(self, cases: list[tuple[Path, Mapping[str, Any]]]) -> None:
        width = max((len(case["id"]) for _, case in cases), default=0)
        failed = 0
        for _, case in cases:
            try:
                found = differences(case, result_of(case))
            except DomainError as refusal:
                found = [refusal.detail]
            failed += bool(found)
            self.stdout.write(f"{case['id']:<{width}}  {'; '.join(found) or 'pass'}")
        self.stdout.write(f"{len(cases) - failed} passed, {failed} failed")
        if failed:
            raise CommandError(f"{failed} of {len(cases)} cases differ.")


def _cases(path: Path) -> Iterator[Mapping[str, Any]]:
    """The cases of a file. Raises CommandError naming the file, and the case, where they are unusable."""
    try:
        cases = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path}: cannot be opened ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: is not UTF-8 text.") from None
    except ValueError as error:
        raise CommandError(f"{path}: is not JSON ({error}).") from None
    if not isinstance(cases, list):
        raise CommandError(f"{path}: a list of cases is needed.")
    for number, case in enumerate(cases, 1):
        yield _checked(path, number, case)


def _checked(path: Path, number: int, case: Any) -> Mapping[str, Any]:
    if not isinstance(case, dict) or not isinstance(case.get("id"), str):
        raise CommandError(f"{path}: case {number} is not an object with an id.")
    if not isinstance(case.get("kind"), str) or not isinstance(case.get("expected"), dict):
        raise CommandError(f"{path}: case {case['id']} lacks its kind or what is expected.")
    return case
