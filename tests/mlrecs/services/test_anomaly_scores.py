"""Scores of accounts: filled in once, added to by evening, refused with a reason, never twice."""

from decimal import Decimal

import pytest

from mlrecs.models import Anomaly, AnomalyScore, ModelVersion
from mlrecs.quant.learning import learn
from mlrecs.selectors.scored_accounts import accounts_scored
from mlrecs.services import anomaly_scores
from mlrecs.services.anomaly_scores import portfolios_score
from portfolios.models import Portfolio, Price
from tests.factories.portfolios import PortfolioFactory
from tests.mlrecs.model_bench import registered
from tests.mlrecs.scored_book import LAST, account_holding, sessions

pytestmark = pytest.mark.django_db


def scored(portfolio: Portfolio) -> anomaly_scores.ScoreReport:
    [report] = portfolios_score(portfolio_ids=[portfolio.pk], today=LAST)
    return report


def net(symbols: str = "ABCDE", **facts: object) -> ModelVersion:
    """A challenger that learnt from made-up returns of these symbols."""
    import numpy as np  # noqa: PLC0415

    returns = np.random.default_rng(2).normal(0, 0.01, (200, len(symbols)))
    learnt = learn("lstm", returns, seed=1, epochs=1)
    return registered(
        "lstm", status="challenger", weights=learnt.weights, universe=list(symbols),
        settings=learnt.settings | {"source": "reference"}, **facts,
    )  # fmt: skip


def test_the_first_time_the_past_is_filled_in_as_a_replay() -> None:
    portfolio = account_holding()
    report = scored(portfolio)
    rows = AnomalyScore.objects.filter(portfolio=portfolio).order_by("day")

    assert report.days == rows.count() == 600 - 1 - 250
    assert rows[0].drivers["basis"] == "replay"
    assert set(rows[0].drivers) == {"basis", "volatility", "co_movement", "learned"}
    assert rows[0].drivers["learned"] == {"reason": "No net was trained yet."}
    assert rows.reverse()[0].day == LAST


def test_scored_again_nothing_is_added_and_an_evening_adds_its_day() -> None:
    portfolio = account_holding()
    day = sessions(600)[-1]
    late = list(Price.objects.filter(day=day))
    Price.objects.filter(day=day).delete()
    scored(portfolio)
    before = list(AnomalyScore.objects.order_by("day").values())

    assert scored(portfolio).words == "Up to date."
    Price.objects.bulk_create(late)
    assert scored(portfolio).days == 1

    after = list(AnomalyScore.objects.order_by("day").values())
    assert after[:-1] == before
    assert (after[-1]["day"], after[-1]["drivers"]["basis"]) == (day, "night")


def test_a_shock_becomes_an_anomaly_with_its_driver_and_severity() -> None:
    portfolio = account_holding(shock=0.25)
    scored(portfolio)
    found = Anomaly.objects.get(portfolio=portfolio, kind="co_movement", began=LAST)

    assert (found.severity, found.ended) == ("severe", None)
    assert found.drivers[0][0] == "A"
    assert "Driven by A" in found.words
    assert AnomalyScore.objects.get(portfolio=portfolio, day=LAST).is_alarm


def test_too_short_a_history_is_told_and_stops_no_other_account() -> None:
    short, long = account_holding(days=200), account_holding("FGHIJ")

    reports = portfolios_score(portfolio_ids=[short.pk, long.pk], today=LAST)

    assert {report.subject: report.words for report in reports}[short.name] == (
        "Nothing held has 250 days of closes yet."
    )
    assert AnomalyScore.objects.filter(portfolio=long).count() == 349
    assert not AnomalyScore.objects.filter(portfolio=short).exists()


def test_an_account_that_holds_nothing_is_told_so() -> None:
    portfolio = PortfolioFactory.create()

    assert scored(portfolio).words == f"{portfolio.name} holds nothing that has a price."


def test_one_holding_alone_has_a_volatility_and_no_co_movement() -> None:
    portfolio = account_holding("A")
    scored(portfolio)
    row = AnomalyScore.objects.get(portfolio=portfolio, day=LAST)

    assert row.volatility is not None
    assert row.co_movement is None


def test_a_net_scores_beside_the_rules_and_raises_no_alarm() -> None:
    portfolio, model = account_holding(), net()
    scored(portfolio)
    row = AnomalyScore.objects.get(portfolio=portfolio, day=LAST)

    assert row.model == model
    assert row.learned is not None
    assert row.drivers["learned"]["drivers"][0][0] in "ABCDE"
    assert not Anomaly.objects.filter(kind="learned").exists()


def test_a_net_whose_weights_were_changed_is_not_used_and_the_reason_is_kept() -> None:
    portfolio, model = account_holding(), net()
    spoilt = bytearray(model.weights or b"")
    spoilt[-1] ^= 1
    ModelVersion.objects.filter(pk=model.pk).update(weights=bytes(spoilt))

    assert "are not those that were registered" in scored(portfolio).words
    row = AnomalyScore.objects.get(portfolio=portfolio, day=LAST)
    assert row.learned is None
    assert "are not those that were registered" in row.drivers["learned"]["reason"]
    assert row.volatility is not None


def test_weights_that_are_whole_but_no_safetensors_are_not_used() -> None:
    portfolio = account_holding()
    registered(
        "lstm",
        status="challenger",
        weights=b"\x80\x04pickle",
        settings=net().settings,
        universe=list("ABCDE"),
    )

    assert "cannot be read" in scored(portfolio).words


def test_a_net_that_knows_less_than_half_of_an_account_is_refused() -> None:
    portfolio = account_holding("ABVWXYZ")
    net()

    assert scored(portfolio).words == (
        "anomalies lstm 1 knows 28% of this account: it was trained on another universe."
    )


def test_a_net_of_instruments_without_closes_here_is_refused() -> None:
    portfolio = account_holding("ABCD")
    net()

    assert (
        "trained on another universe: of its 5 instruments 1 have no returns here (E)"
        in scored(portfolio).words
    )


def test_only_open_accounts_that_hold_something_are_scored() -> None:
    holding, closed = account_holding("AB"), account_holding("CD")
    PortfolioFactory.create()
    Portfolio.objects.filter(pk=closed.pk).update(closed_on=LAST)

    assert list(accounts_scored()) == [[holding.pk]]


def test_a_champion_net_raises_alarms() -> None:
    portfolio, model = account_holding(shock=0.25), net()
    ModelVersion.objects.filter(pk=model.pk).update(status="champion")
    scored(portfolio)

    found = Anomaly.objects.filter(portfolio=portfolio, kind="learned").latest("began")
    assert (found.severity, found.ended) == ("severe", None)
    assert found.drivers[0][0] == "A"
    assert Decimal(found.drivers[0][1]) > Decimal("0.5")
