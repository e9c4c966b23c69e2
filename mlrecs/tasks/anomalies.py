"""Nightly scores: the market first, then every account in batches among the workers of the queue `ml`."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from mlrecs.engine.model_catalogue import ANOMALIES
from mlrecs.selectors.scored_accounts import accounts_scored
from mlrecs.services.account_scores import accounts_score
from mlrecs.services.anomaly_scores import market_score
from mlrecs.services.model_versions import champion_seat_first
from trading.engine.market_days import market_today


@shared_task(name="mlrecs.score_nightly")
def score_nightly() -> None:
    """Score the market and share the accounts out; what the gate put first is seated where nothing is."""
    champion_seat_first(task=ANOMALIES, now=timezone.now())
    market_score(today=market_today(timezone.now()))
    for batch in accounts_scored():
        score_accounts.apply_async(([str(key) for key in batch],))


@shared_task(name="mlrecs.score_accounts")
def score_accounts(portfolio_ids: list[str]) -> None:
    """Score some accounts and hold their closes against the rules."""
    today = market_today(timezone.now())
    accounts_score(portfolio_ids=[UUID(key) for key in portfolio_ids], today=today)
