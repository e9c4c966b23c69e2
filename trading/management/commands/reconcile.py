"""`manage.py reconcile`: book against broker, account by account; exits non-zero when they differ."""

import json
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trading.models import BrokerAccount, Difference, Gateway
from trading.selectors.book_states import accounts_chosen
from trading.services.broker_sync import SyncOutcome, gateway_compare

DIFFERS = "Book and broker differ."
UNREAD = "The broker could not be asked, so nothing is known."


class Command(BaseCommand):
    """Compares once and prints what differs; nothing is mended."""

    help = (
        "Compare the book with the broker: shares, cash and fills of every account, as both stand now. Each "
        "difference becomes a task that says what to do; it closes by itself once the two are equal. Exits "
        "non-zero when they differ or the broker could not be asked. Nothing is taken into the book: "
        "sync_broker does that."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        add_account_arguments(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and report."""
        report: list[dict[str, Any]] = []
        outcomes: list[SyncOutcome] = []
        for gateway, accounts in chosen_accounts(options["account"], options["portfolio"]):
            outcome = gateway_compare(
                gateway=gateway, accounts=accounts, cause="reconcile", now=timezone.now()
            )
            outcomes.append(outcome)
            report.append(_gateway_json(gateway, accounts, outcome))
        if options["json"]:
            self.stdout.write(json.dumps({"gateways": report}, indent=2))
        else:
            for each in report:
                self._print(each)
        if not all(outcome.is_done for outcome in outcomes):
            raise CommandError(UNREAD)
        if any(outcome.standing for outcome in outcomes):
            raise CommandError(DIFFERS)

    def _print(self, report: dict[str, Any]) -> None:
        name = report["gateway"]
        for failure in report["failures"]:
            self.stderr.write(f"{name}: {failure}")
        for account in report["accounts"] if not report["failures"] else ():
            rows = account["differences"]
            words = f"{len(rows)} differences" if rows else "equal"
            self.stdout.write(f"{name} {account['account']} “{account['portfolio']}”: {words}")
            for row in rows:
                figures = f"book {row['book'] or '-'}, broker {row['broker'] or '-'}"
                self.stdout.write(f"  {row['kind']} {row['subject']}: {figures}. {row['words']}")


def add_account_arguments(parser: ArgumentParser) -> None:
    """Declare how the accounts to look at are named; `chosen_accounts` finds them."""
    for name, metavar, words in (
        ("--account", "NUMBER", "only this account at the broker"),
        ("--portfolio", "NAME", "only this portfolio's account"),
    ):
        parser.add_argument(name, action="append", default=[], metavar=metavar, help=words)


def chosen_accounts(
    codes: Sequence[str], portfolios: Sequence[str]
) -> list[tuple[Gateway, list[BrokerAccount]]]:
    """The accounts to look at, by gateway. Raises CommandError when there are none."""
    rows = accounts_chosen(codes=codes, portfolio_names=portfolios)
    missing = set(codes) - {row.code for row in rows}
    missing |= set(portfolios) - {row.portfolio.name for row in rows}
    if missing:
        raise CommandError(f"No account at a broker is called {', '.join(sorted(missing))}.")
    if not rows:
        raise CommandError("No account is tied to a gateway yet: do that in the admin, at broker accounts.")
    grouped: defaultdict[Gateway, list[BrokerAccount]] = defaultdict(list)
    for row in rows:
        grouped[row.gateway].append(row)
    return list(grouped.items())


def _gateway_json(
    gateway: Gateway, accounts: Sequence[BrokerAccount], outcome: SyncOutcome
) -> dict[str, Any]:
    return {
        "gateway": gateway.name,
        "environment": gateway.environment,
        "compared_at": outcome.run.started_at.isoformat(),
        "failures": outcome.run.counts["failures"],
        "accounts": [
            {
                "account": str(account),
                "portfolio": account.portfolio.name,
                "differences": [_row_json(row) for row in outcome.standing if row.account_id == account.pk],
            }
            for account in accounts
        ],
    }


def _row_json(row: Difference) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "subject": row.subject,
        "book": None if row.ours is None else f"{row.ours.normalize():f}",
        "broker": None if row.theirs is None else f"{row.theirs.normalize():f}",
        "words": row.words,
        "since": row.created_at.isoformat(),
    }
