"""The gate: a model serves only if it surely beats the champion and every simple rule."""

from decimal import Decimal

import pytest

from mlrecs.engine.gates import Contest, Verdict, champion_of, promotion_verdict


def contest(rival: str, difference: str, low: str, high: str = "0.9") -> Contest:
    return Contest(
        rival=rival,
        words=f"the {rival}",
        difference=Decimal(difference),
        low=Decimal(low),
        high=Decimal(high),
    )


def verdict(*contests: Contest, champion: str | None = None) -> Verdict:
    return promotion_verdict(
        candidate="net", contests=contests, champion=champion, baselines=["zero", "random"]
    )


SURE = (contest("zero", "0.05", "0.001"), contest("random", "0.5", "0.4"))


def test_one_that_surely_beats_every_rival_is_promoted() -> None:
    found = verdict(*SURE)
    assert found.is_promoted
    assert found.unbeaten == ()
    assert found.words == (
        "Promoted: it beats all 2 rivals, and the interval of every difference is above zero."
    )


@pytest.mark.parametrize(("difference", "low"), [("0.05", "0.000"), ("0.05", "-0.01"), ("-0.05", "-0.2")])
def test_an_interval_that_is_not_wholly_above_zero_promotes_nobody(difference: str, low: str) -> None:
    found = verdict(contest("zero", difference, low), SURE[1])
    assert not found.is_promoted
    assert found.unbeaten == ("zero",)
    assert found.words == (
        "Not promoted: it does not surely beat the zero; "
        f"the difference is {difference}, between {low} and 0.9."
    )


def test_the_hardest_of_several_is_named() -> None:
    found = verdict(contest("zero", "0.01", "-0.1"), contest("random", "-0.20", "-0.3", "-0.1"))
    assert found.unbeaten == ("zero", "random")
    assert found.words.startswith(
        "Not promoted: it does not surely beat the random and 1 more; the difference"
    )


def test_the_champion_has_to_be_beaten_too() -> None:
    lost = verdict(*SURE, contest("old", "0.01", "-0.01"), champion="old")
    won = verdict(*SURE, contest("old", "0.02", "0.01"), champion="old")
    assert (lost.is_promoted, lost.unbeaten) == (False, ("old",))
    assert won.is_promoted


def test_a_rival_it_was_not_measured_against_is_not_beaten() -> None:
    found = verdict(*SURE, champion="old")
    assert not found.is_promoted
    assert found.unbeaten == ("old",)
    assert found.words == "Not promoted: it was not measured against old."


def test_a_champion_that_is_measured_again_does_not_have_to_beat_itself() -> None:
    assert verdict(*SURE, champion="net").is_promoted


def test_without_any_rival_nobody_is_promoted() -> None:
    found = promotion_verdict(candidate="net", contests=[], champion=None, baselines=[])
    assert not found.is_promoted
    assert found.words == "Not promoted: it was measured against nobody."


def test_the_best_promoted_model_serves_otherwise_the_best_rule() -> None:
    measures = {
        "net": Decimal("0.5"),
        "zero": Decimal("0.4"),
        "other": Decimal("0.4"),
        "random": Decimal("0.9"),
    }
    assert champion_of(measures, [verdict(*SURE)], ["zero", "other"]) == "net"
    assert champion_of(measures, [verdict()], ["zero", "other"]) == "other"
