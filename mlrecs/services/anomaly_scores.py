"""Scores of days for the market and for accounts: what a model says, as rounded decimals with its holdings.

A score is written once. The first time an account is scored, the past is filled in as today's holdings would
have been told it; from then on each evening adds its day.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from common.errors import Conflict, DomainError
from common.transactions import write_transaction
from mlrecs.engine.anomaly_words import is_alarm
from mlrecs.engine.score_records import NIGHT, PARTS, REPLAY, part_kept
from mlrecs.models import AnomalyScore, ModelVersion
from mlrecs.selectors.price_series import returns_of
from mlrecs.selectors.scored_accounts import (
    ScoredAccount,
    instruments_named,
    last_scored,
    learned_models,
    market_instruments,
    market_last_scored,
    replay_models,
    scored_accounts,
    symbols_of,
    weights_held,
)
from mlrecs.services.anomalies import anomalies_follow
from mlrecs.services.model_versions import universe_check, weights_of

if TYPE_CHECKING:
    from mlrecs.quant.scoring import DayScore, Learned, Table

log = logging.getLogger(__name__)

# What raises an alarm by itself; the learned part does once it is champion.
RULES = ("volatility", "co_movement")
HISTORY = timedelta(days=3 * 366)
MARKET_HISTORY = timedelta(days=12 * 366)
# Below this share of an account's weight a model that knows only some of it says nothing.
LEAST_KNOWN = 0.5
OUR_FAULT = "could not be scored for a fault of ours."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReport:
    """What scoring did: days written, and why nothing or a part was not."""

    subject: str
    days: int = 0
    alarms: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPart:
    """A net's part of the scores, with the model; or why there is none."""

    learned: "Learned | None" = None
    model: ModelVersion | None = None
    words: str = ""


def market_score(*, today: date) -> ScoreReport:
    """Score the market: the training universe once, then shared instruments evening by evening."""
    reports = [_score_reference(), _score_shared(today)]
    return ScoreReport(
        subject="market",
        days=sum(one.days for one in reports),
        alarms=sum(one.alarms for one in reports),
        words=" ".join(filter(None, (one.words for one in reports))),
    )


def portfolios_score(*, portfolio_ids: Sequence[UUID], today: date) -> list[ScoreReport]:
    """Score accounts up to their last closes; one that cannot be scored says why and stops none."""
    known = last_scored(list(portfolio_ids))
    models: dict[UUID, list[ModelVersion]] = {}
    reports = []
    for account in scored_accounts(portfolio_ids):
        try:
            nets = models.setdefault(account.household_id, learned_models(account.household_id))
            reports.append(_account_score(account, nets, known.get(account.id), today))
        except DomainError as refusal:
            reports.append(ScoreReport(subject=account.name, words=refusal.detail))
        except Exception:
            log.exception("account %s could not be scored", account.id)
            reports.append(ScoreReport(subject=account.name, words=f"{account.name} {OUR_FAULT}"))
    return reports


def _score_reference() -> ScoreReport:
    """The replay: every day of the training universe, each as it would have been told on its evening."""
    import numpy as np  # noqa: PLC0415 - arrays, for workers and commands alone

    from mlrecs.quant.scoring import Table  # noqa: PLC0415
    from mlrecs.quant.universe import universe_returns  # noqa: PLC0415

    days, symbols, returns = universe_returns()
    table = Table(days=days, symbols=symbols, returns=returns, weights=np.ones(len(symbols)))
    found = _learned(replay_models(), table)
    rows = AnomalyScore.objects.filter(portfolio=None, day__lte=days[-1])
    if rows.filter(model=found.model, day=days[-1]).exists():
        return ScoreReport(subject="market")
    scores = _scores(table, found, since=None)
    return _market_write(scores, found, replaces=days[-1], basis=REPLAY)


def _score_shared(today: date) -> ScoreReport:
    """The market of today, from shared instruments; says why where there is none."""
    symbols = market_instruments()
    if not symbols:
        return ScoreReport(
            subject="market",
            words="No current market: fewer than ten shared stocks have 500 closes.",
        )
    table = _table(symbols, today - MARKET_HISTORY, today, household_id=None, weights=None)
    found = _learned(learned_models(None), table)
    last = market_last_scored()
    since = last + timedelta(days=1) if last else None
    scores = _scores(table, found, since=since)
    return _market_write(scores, found, replaces=None, basis=NIGHT)


@write_transaction
def _market_write(
    scores: "Sequence[DayScore]", found: LearnedPart, *, replaces: date | None, basis: str
) -> ScoreReport:
    if replaces is not None:
        AnomalyScore.objects.filter(portfolio=None, day__lte=replaces).delete()
    report = _write(None, scores, found, basis=basis, subject="market")
    anomalies_follow(account=None, raising=_raising(found.model))
    return report


def _account_score(
    account: ScoredAccount, nets: Sequence[ModelVersion], last: date | None, today: date
) -> ScoreReport:
    weights = weights_held(account, today)
    if not weights:
        raise Conflict(f"{account.name} holds nothing that has a price.", code="nothing-held")
    symbols = symbols_of(weights)
    table = _table(symbols, today - HISTORY, today, household_id=account.household_id, weights=weights)
    if last is not None and table.days[-1] <= last:
        return ScoreReport(subject=account.name, words="Up to date.")
    found = _learned_of_account(nets, table, account, today)
    since = last + timedelta(days=1) if last else None
    scores = _scores(table, found, since=since)
    return _account_write(account, scores, found, basis=NIGHT if last else REPLAY)


@write_transaction
def _account_write(
    account: ScoredAccount, scores: "Sequence[DayScore]", found: LearnedPart, *, basis: str
) -> ScoreReport:
    report = _write(account, scores, found, basis=basis, subject=account.name)
    anomalies_follow(account=account, raising=_raising(found.model))
    return report


def _write(
    account: ScoredAccount | None,
    scores: "Sequence[DayScore]",
    found: LearnedPart,
    *,
    basis: str,
    subject: str,
) -> ScoreReport:
    raising = _raising(found.model)
    rows = [_row(account, score, found, raising=raising, basis=basis) for score in scores]
    AnomalyScore.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return ScoreReport(
        subject=subject, days=len(rows), alarms=sum(row.is_alarm for row in rows), words=found.words
    )


def _row(
    account: ScoredAccount | None,
    score: "DayScore",
    found: LearnedPart,
    *,
    raising: Sequence[str],
    basis: str,
) -> AnomalyScore:
    ratios = {part: score.parts[part].ratio if part in score.parts else None for part in PARTS}
    kept: dict[str, Any] = {"basis": basis}
    for part, told in score.parts.items():
        kept[part] = part_kept(raw=told.raw, threshold=told.threshold, drivers=told.drivers)
    if "learned" not in score.parts and found.words:
        kept["learned"] = {"reason": found.words}
    return AnomalyScore(
        portfolio_id=account.id if account else None,
        day=score.day,
        is_alarm=is_alarm(ratios, raising=raising),
        drivers=kept,
        model=found.model if "learned" in score.parts else None,
        **ratios,
    )


def _scores(table: "Table", found: LearnedPart, *, since: date | None) -> "list[DayScore]":
    from mlrecs.quant.detectors import DETECTORS  # noqa: PLC0415 - arrays, for workers and commands alone
    from mlrecs.quant.scoring import scores_of  # noqa: PLC0415

    # How things move together asks for two of them.
    rules = RULES if len(table.symbols) > 1 else RULES[:1]
    makers = {name: partial(DETECTORS[name], 0) for name in rules}
    return scores_of(table, makers, learned=found.learned, since=since)


def _table(
    symbols: dict[UUID, str],
    since: date,
    until: date,
    *,
    household_id: UUID | None,
    weights: dict[UUID, float] | None,
) -> "Table":
    """The usable returns of some instruments; raises Conflict where none can be used."""
    import numpy as np  # noqa: PLC0415 - arrays, for workers and commands alone

    from mlrecs.quant.features import usable_returns  # noqa: PLC0415
    from mlrecs.quant.scoring import WARM_UP, Table  # noqa: PLC0415

    usable = usable_returns(
        returns_of(list(symbols), since, until, household_id=household_id), least_days=WARM_UP
    )
    if not usable.instrument_ids:
        raise Conflict(f"Nothing held has {WARM_UP} days of closes yet.", code="too-little-data")
    keys = usable.instrument_ids
    return Table(
        days=usable.days,
        symbols=tuple(symbols[key] for key in keys),
        returns=usable.values,
        weights=np.array([1.0 if weights is None else weights[key] for key in keys]),
    )


def _learned(nets: Sequence[ModelVersion], table: "Table") -> LearnedPart:
    """The part of the first net that is whole and of this universe, or why the first one is not used."""
    refusals = []
    for model in nets:
        try:
            universe_check(model, table.symbols)
            return LearnedPart(learned=_residuals(model, table, table), model=model)
        except DomainError as refusal:
            refusals.append(refusal.detail)
    return LearnedPart(words=refusals[0] if refusals else "No net was trained yet.")


def _learned_of_account(
    nets: Sequence[ModelVersion], table: "Table", account: ScoredAccount, today: date
) -> LearnedPart:
    """A net's part for an account: its residuals on its own universe, weighted as the account holds it."""
    refusals = []
    for model in nets:
        try:
            return _covered(model, table, account, today)
        except DomainError as refusal:
            refusals.append(refusal.detail)
    return LearnedPart(words=refusals[0] if refusals else "No net was trained yet.")


def _covered(model: ModelVersion, table: "Table", account: ScoredAccount, today: date) -> LearnedPart:
    import numpy as np  # noqa: PLC0415 - arrays, for workers and commands alone

    held = dict(zip(table.symbols, table.weights, strict=True))
    known = sum(share for symbol, share in held.items() if symbol in set(model.universe))
    if known < LEAST_KNOWN * table.weights.sum():
        raise Conflict(
            f"{model} knows {known / table.weights.sum():.0%} of this account: it was trained on another "
            "universe.",
            code="other-universe",
        )
    symbols = instruments_named(account.household_id, model.universe)
    whole = _table(symbols, today - HISTORY, today, household_id=account.household_id, weights=None)
    universe_check(model, whole.symbols)
    weights = np.array([held.get(symbol, 0.0) for symbol in model.universe])
    return LearnedPart(learned=_residuals(model, whole, table, weights), model=model)


def _residuals(model: ModelVersion, whole: "Table", table: "Table", weights: Any = None) -> "Learned":
    """What a net says of the days of `table`, from the returns of its universe in `whole`.

    Raises DomainError where the weights are not whole or are not those of the settings.
    """
    import numpy as np  # noqa: PLC0415 - arrays, for workers and commands alone

    from mlrecs.quant.learning import kept_net  # noqa: PLC0415
    from mlrecs.quant.scoring import Learned  # noqa: PLC0415

    places = [whole.symbols.index(symbol) for symbol in model.universe]
    settings = {name: value for name, value in model.settings.items() if name != "source"}
    net, read = kept_net(weights_of(model), settings), whole.returns[:, places]
    by_day = {day: row for row, day in enumerate(whole.days)}
    at = [by_day.get(day, -1) for day in table.days]
    # A row of nothing stands last, for days on which the universe had no closes.
    residuals = np.vstack([net.residuals(read), np.full((1, len(places)), np.nan)])[at]
    score = np.append(net.score(read), np.nan)[at] if weights is None else None
    first = sum(model.data_until is not None and day <= model.data_until for day in table.days)
    return Learned(
        residuals=residuals,
        score=score,
        weights=np.ones(len(places)) if weights is None else weights,
        symbols=tuple(model.universe),
        first=first,
    )


def _raising(model: ModelVersion | None) -> tuple[str, ...]:
    is_champion = model is not None and model.status == ModelVersion.Status.CHAMPION
    return (*RULES, "learned") if is_champion else RULES
