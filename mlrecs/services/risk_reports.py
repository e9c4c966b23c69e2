"""Risk reports: made once for an account and a day, with the last good one kept when one cannot be made."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.cache import cache

from accounts.models import User
from common.transactions import write_transaction
from mlrecs.engine.risk_facts import NotMeasurable, RiskFacts
from mlrecs.models import RiskReport
from mlrecs.selectors.risk_facts import risk_facts
from mlrecs.selectors.risk_reports import PATIENCE_SECONDS, account_of, asked_key
from portfolios.selectors.portfolios import portfolio_edit

OUR_FAULT = "Something went wrong on our side while the risk was measured. It is tried again tonight."
# What only the newest report of an account keeps.
BULKY = ("path", "falls")
LONGEST = 300


def risk_ask(*, user: User, portfolio_id: UUID) -> bool:
    """Ask for today's report of an account one may record into; True when it is to be enqueued.

    A second asking within a minute joins the first. Raises NotFound for an account that is not theirs.
    """
    portfolio = portfolio_edit(user, portfolio_id)
    return bool(cache.add(asked_key(portfolio.pk), "asked", PATIENCE_SECONDS))


def risk_measure(*, portfolio_id: UUID, day: date) -> RiskReport | None:
    """Make the report of an account on a day, again if it is there; None when the account is gone.

    When it cannot be made the row says why; whatever goes wrong on our side is noted too, and raised.
    """
    portfolio = account_of(portfolio_id)
    if portfolio is None:
        return None
    try:
        figures = _measured(risk_facts(portfolio, day))
    except NotMeasurable as reason:
        return _keep(portfolio_id=portfolio_id, day=day, figures=None, words=str(reason))
    except Exception:
        _keep(portfolio_id=portfolio_id, day=day, figures=None, words=OUR_FAULT)
        raise
    else:
        return _keep(portfolio_id=portfolio_id, day=day, figures=figures, words="")
    finally:
        cache.delete(asked_key(portfolio_id))


def _measured(facts: RiskFacts) -> dict[str, Any]:
    # Arrays are loaded where the work is done: pages import this module.
    from mlrecs.quant.risk.report import risk_report  # noqa: PLC0415

    return risk_report(facts)


@write_transaction
def _keep(*, portfolio_id: UUID, day: date, figures: dict[str, Any] | None, words: str) -> RiskReport:
    """Write the day's row. A failure never takes the place of figures that the day already has."""
    told = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
    rows = RiskReport.objects.select_for_update().filter(portfolio_id=portfolio_id, day=day)
    row: RiskReport | None = rows.first()
    if row is None:
        row = RiskReport(portfolio_id=portfolio_id, day=day, is_good=False)
    elif (row.words, figures) == (told, row.figures if row.is_good else None):
        return row
    row.words = told
    if figures is not None:
        row.is_good, row.figures = True, figures
    row.save()
    if figures is not None:
        _thin_out(portfolio_id, day)
    return row


def _thin_out(portfolio_id: UUID, day: date) -> None:
    """Take charts and the lines of scenarios out of older reports; their figures stay."""
    older = RiskReport.objects.filter(portfolio_id=portfolio_id, day__lt=day, figures__has_key=BULKY[0])
    for row in older:
        for name in BULKY:
            row.figures.pop(name, None)
        for scenario in row.figures.get("scenarios", []):
            scenario["lines"] = []
        row.save(update_fields=["figures", "updated_at"])
