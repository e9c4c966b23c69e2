"""A look for advice: suitability first, each kind by itself, and what stood against it with its reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from mlrecs.engine.optimising import RiskAnswer, RiskQuestion
from mlrecs.engine.return_table import ReturnTable
from mlrecs.models import AdviceRun, Evaluation, ModelVersion, Recommendation
from mlrecs.services.advice import NO_PROFILE, advice_look
from mlrecs.services.advice_evidence import evidence_adopt, evidence_keep
from mlrecs.services.recommendations import recommendation_dismiss
from mlrecs.services.risk_profiles import profile_set, view_put
from tests.mlrecs.advice_desk import BALANCED, TOOLS, advice_desk, answer_of
from tests.mlrecs.evidence import evidence, evidence_kept
from tests.taxharvest.harvest_desk import HarvestDesk
from trading.models import Order, Restriction

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _no_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes are told already; nobody is asked."""
    monkeypatch.setattr("trading.services.judging.QUOTE_WAIT", 0.0)


def kinds(desk: HarvestDesk) -> list[str]:
    """The kinds of what waits."""
    rows = Recommendation.objects.filter(household=desk.portfolio.household)
    return sorted(rows.values_list("kind", flat=True))


def run_words(desk: HarvestDesk, kind: str) -> str:
    """What stood against a kind."""
    return AdviceRun.objects.get(portfolio=desk.portfolio, kind=kind).words


def test_without_a_profile_nothing_is_advised() -> None:
    desk = advice_desk(has_profile=False)

    assert advice_look(desk.portfolio.pk, NOW, TOOLS) == 0
    assert kinds(desk) == []
    assert {run_words(desk, kind) for kind in ("risk", "diversification", "opportunity")} == {NO_PROFILE}


def test_a_risk_advice_carries_everything_it_is_decided_by() -> None:
    desk = advice_desk()
    evidence_kept()

    advice_look(desk.portfolio.pk, NOW, TOOLS)
    row = Recommendation.objects.get(kind="risk")

    assert [one["code"] for one in row.reasons] == [
        "risk_beyond_profile", "tail_can_fall", "risk_can_fall", "risk_in_one_place",
    ]  # fmt: skip
    assert row.orders == [
        {
            "portfolio": str(desk.portfolio.pk), "side": "sell", "symbol": "ACME",
            "instrument": str(desk.acme.pk), "quantity": "30", "price": "100.00000000",
        }
    ]  # fmt: skip
    assert row.binding == "No more than 20 % is exchanged at a time."
    assert row.counterfactual.startswith(
        "If you do nothing, expect days in the worst twentieth to cost 3.0 %"
    )
    assert row.confidence["words"].startswith("In 73 of 119 quarters from 5 Jan 1993 to 28 Dec 2022")
    assert (row.costs["spread"], row.costs["tax"]) == ("0.00", None)  # nobody told the household's rates
    assert row.model == ModelVersion.objects.get(name="minimum_cvar")
    assert row.expires_at == NOW + timedelta(days=14)
    assert not Order.objects.exists()


def test_a_share_that_weighs_too_much_is_brought_back_as_far_as_one_advice_may() -> None:
    desk = advice_desk()

    advice_look(desk.portfolio.pk, NOW, TOOLS)
    rows = {row.subject: row for row in Recommendation.objects.filter(kind="diversification")}
    row = rows[f"single_name_too_large:ACME:{desk.portfolio.pk}"]

    assert row.title == "Taxable: ACME is 50.0 % of it"
    assert row.binding == "No single share above 12 %."
    # A quarter of 30,000 is exchanged at most; what is freed goes into the fund on an index.
    assert [(one["side"], one["symbol"], one["quantity"]) for one in row.orders] == [
        ("sell", "ACME", "75"), ("buy", "GLBX", "150"),
    ]  # fmt: skip
    assert row.reasons[0]["figures"] == {"weight": "0.5000", "most": "0.1200", "after": "0.2500"}


def test_looking_again_advises_nothing_twice() -> None:
    desk = advice_desk()
    evidence_kept()

    first = advice_look(desk.portfolio.pk, NOW, TOOLS)
    again = advice_look(desk.portfolio.pk, NOW + timedelta(hours=1), TOOLS)

    assert (first, again) == (3, 0)


def test_what_was_set_aside_rests() -> None:
    desk = advice_desk()
    advice_look(desk.portfolio.pk, NOW, TOOLS)
    row = Recommendation.objects.get(kind="risk")
    recommendation_dismiss(desk.user, row.pk, reason="No.", now=NOW)

    advice_look(desk.portfolio.pk, NOW + timedelta(days=1), TOOLS)

    assert Recommendation.objects.filter(kind="risk").count() == 1


def test_an_optimiser_without_an_answer_leaves_its_reason_and_the_last_good_result() -> None:
    desk = advice_desk()
    advice_look(desk.portfolio.pk, NOW, TOOLS)
    good = AdviceRun.objects.get(portfolio=desk.portfolio, kind="risk").good_until

    def fails(_question: RiskQuestion) -> RiskAnswer:
        return RiskAnswer(reason="No weights meet all constraints at once.")

    advice_look(desk.portfolio.pk, NOW + timedelta(hours=1), replace(TOOLS, answer=fails))
    run = AdviceRun.objects.get(portfolio=desk.portfolio, kind="risk")

    assert (run.words, run.good_until) == ("No weights meet all constraints at once.", good)
    assert good is not None
    assert Recommendation.objects.get(kind="risk").state == "open"


def test_less_than_a_twentieth_off_the_tail_is_not_worth_telling() -> None:
    desk = advice_desk()

    def little(question: RiskQuestion) -> RiskAnswer:
        found = answer_of(question)
        assert found.proposed is not None
        return replace(found, proposed=replace(found.proposed, tail=Decimal("0.0286")))

    advice_look(desk.portfolio.pk, NOW, replace(TOOLS, answer=little))

    assert "risk" not in kinds(desk)
    assert run_words(desk, "risk") == ""


def test_more_risk_than_suits_is_never_advised() -> None:
    desk = advice_desk()

    def wilder(question: RiskQuestion) -> RiskAnswer:
        found = answer_of(question)
        assert found.proposed is not None
        return replace(found, proposed=replace(found.proposed, volatility=Decimal("0.21")))

    advice_look(desk.portfolio.pk, NOW, replace(TOOLS, answer=wilder))

    assert "risk" not in kinds(desk)


def test_a_locked_share_is_neither_optimised_nor_sold() -> None:
    desk = advice_desk()
    Restriction.objects.create(household=desk.portfolio.household, instrument=desk.acme, reason="Employer")
    asked: list[RiskQuestion] = []

    def asks(question: RiskQuestion) -> RiskAnswer:
        asked.append(question)
        return RiskAnswer(reason="none")

    advice_look(desk.portfolio.pk, NOW, replace(TOOLS, answer=asks))

    assert "ACME" not in asked[0].names.values()
    assert kinds(desk) == []


def test_the_question_holds_weights_caps_groups_and_turnover() -> None:
    desk = advice_desk()
    asked: list[RiskQuestion] = []

    def asks(question: RiskQuestion) -> RiskAnswer:
        asked.append(question)
        return RiskAnswer(reason="none")

    advice_look(desk.portfolio.pk, NOW, replace(TOOLS, answer=asks))
    question = asked[0]

    assert question.held[desk.acme.pk] == Decimal("0.5")
    assert question.most[desk.acme.pk] == Decimal("0.12")
    assert [(one.name, one.most) for one in question.groups] == [
        ("Energy", Decimal("0.35")), ("What moves with the market", Decimal("0.90")),
    ]  # fmt: skip
    assert question.turnover == Decimal("0.50")


def test_a_view_makes_an_advice_of_its_own() -> None:
    desk = advice_desk()
    view_put(
        desk.user, desk.portfolio.household, instrument_id=desk.acme.pk, beyond=Decimal("-0.10"),
        confidence=Decimal("0.5"),
    )  # fmt: skip

    advice_look(desk.portfolio.pk, NOW, TOOLS)
    row = Recommendation.objects.get(subject=f"views:{desk.portfolio.pk}")

    assert row.reasons[-1] == {
        "code": "own_view",
        "words": "You expect 10.0 % less a year of ACME than the market implies.",
        "figures": {"symbol": "ACME", "beyond": "-0.1000", "confidence": "0.5000"},
    }


def test_an_opportunity_is_shown_only_where_its_evidence_is_clear() -> None:
    desk = advice_desk()

    def ranked(_table: ReturnTable, _factor: str) -> Mapping[UUID, Decimal]:
        return {desk.instruments["INIT"].pk: Decimal("-0.10"), desk.acme.pk: Decimal("-0.30")}

    tools = replace(TOOLS, ranked=ranked)
    advice_look(desk.portfolio.pk, NOW, tools)
    assert run_words(desk, "opportunity") == "The evidence for the screens has not been measured yet."

    evidence_kept(clear=())
    advice_look(desk.portfolio.pk, NOW, tools)
    assert run_words(desk, "opportunity") == "No screen's evidence clears its bar, so none is shown."

    evidence_kept()
    advice_look(desk.portfolio.pk, NOW, tools)
    row = Recommendation.objects.get(kind="opportunity")
    assert row.title == "Taxable: INIT stands out for low volatility"
    assert [(one["side"], one["symbol"], one["quantity"]) for one in row.orders] == [("buy", "INIT", "60")]
    assert "it returned 4.2 % less a year" in row.reasons[1]["words"]


def test_a_household_that_excludes_a_share_is_never_told_to_buy_it() -> None:
    desk = advice_desk()
    profile_set(desk.user, desk.portfolio.household, answers=BALANCED, limits={"excluded": ["INIT", "GLBX"]})
    evidence_kept()

    def ranked(_table: ReturnTable, _factor: str) -> Mapping[UUID, Decimal]:
        return {desk.instruments["INIT"].pk: Decimal("-0.10"), desk.acme.pk: Decimal("-0.30")}

    advice_look(desk.portfolio.pk, NOW, replace(TOOLS, ranked=ranked))

    bought = {
        order["symbol"]
        for row in Recommendation.objects.all()
        for order in row.orders
        if order["side"] == "buy"
    }
    assert bought == set()


def test_a_measurement_is_kept_with_a_version_for_every_method() -> None:
    evidence_keep(evidence(), NOW)
    evidence_keep(evidence(), NOW)

    assert Evaluation.objects.filter(suite="advice").count() == 2
    found = ModelVersion.objects.filter(task="risk_optimisation").order_by("name")
    assert [(row.name, row.version, row.status) for row in found] == [
        ("minimum_cvar", 1, "champion"), ("minimum_variance", 1, "candidate"),
    ]  # fmt: skip


def test_the_measurement_of_the_release_is_adopted_where_none_was_made() -> None:
    adopted = evidence_adopt()

    assert adopted is not None
    assert (adopted.suite, adopted.words) == ("advice", "Screens that clear their bar: low_volatility.")
    assert adopted.result["methods"]["minimum_cvar"]["steps"] == 119
    assert ModelVersion.objects.get(task="risk_optimisation", status="champion").name == "minimum_cvar"
    assert evidence_adopt() is None
