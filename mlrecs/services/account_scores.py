"""What an account is told of an evening: its scores, and what the rules find in prices of its holdings."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from mlrecs.selectors.scored_accounts import scored_accounts
from mlrecs.services.anomalies import prices_check
from mlrecs.services.anomaly_scores import ScoreReport, portfolios_score


def accounts_score(*, portfolio_ids: Sequence[UUID], today: date) -> list[ScoreReport]:
    """Score accounts and check their prices; a report for each."""
    reports = portfolios_score(portfolio_ids=portfolio_ids, today=today)
    for account in scored_accounts(portfolio_ids):
        prices_check(account=account, today=today)
    return reports
