"""All controls together: in order, complete, and closed when one fails."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.trading.engine.controls.control_facts import SOUND, with_account, with_ticket
from trading.engine.controls.facts import ControlFacts
from trading.engine.controls.limits import ControlLimits
from trading.engine.controls.run import CONTROLS, Control, controls_run
from trading.engine.controls.verdicts import Finding, Outcome, Verdict, overall, warned


def test_a_sound_order_passes_every_control_in_their_order() -> None:
    verdicts = controls_run(SOUND)

    assert {verdict.outcome for verdict in verdicts} == {Outcome.PASS}
    assert [verdict.number for verdict in verdicts] == [
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
        10,
        10,
        10,
        10,
        11,
        12,
        13,
        14,
    ]
    assert overall(verdicts) is Outcome.PASS


def test_every_verdict_is_there_even_when_the_first_denies() -> None:
    verdicts = controls_run(with_account(buying_power=Decimal(0)))

    assert len(verdicts) == len(CONTROLS)
    assert [verdict.name for verdict in verdicts if verdict.outcome is not Outcome.PASS] == ["buying_power"]
    assert verdicts[0] == Verdict(
        number=1,
        name="buying_power",
        outcome=Outcome.DENY,
        sentence="The order needs 1,000.00 USD; 0.00 USD is free.",
        figures=(("needed", "1000.00000000"), ("free", "0"), ("reserved", "0")),
    )


def breaks(_facts: ControlFacts, _limits: ControlLimits) -> Finding:
    """A control whose data is not there."""
    raise KeyError("no such row")


@pytest.mark.parametrize("broken", CONTROLS, ids=lambda control: control.name)
def test_a_control_that_fails_denies(broken: Control) -> None:
    controls = [replace(each, judge=breaks) if each is broken else each for each in CONTROLS]
    denied = [
        verdict for verdict in controls_run(SOUND, controls=controls) if verdict.outcome is Outcome.DENY
    ]
    words = broken.name.replace("_", " ")

    assert denied == [
        Verdict(
            number=broken.number,
            name=broken.name,
            outcome=Outcome.DENY,
            sentence=f"The control “{words}” could not judge the order, so it is denied.",
            figures=(("error", "KeyError"),),
        )
    ]


def test_figures_that_are_no_numbers_are_denied() -> None:
    verdicts = controls_run(with_account(buying_power=Decimal("NaN")))

    assert (verdicts[0].outcome, verdicts[0].figures) == (Outcome.DENY, (("error", "InvalidOperation"),))


def test_what_a_person_confirmed_becomes_a_warning() -> None:
    asking = replace(SOUND, average_volume=None)
    name = "quantity"

    assert overall(controls_run(asking)) is Outcome.ASK
    confirmed = controls_run(replace(asking, confirmed=frozenset({name})))
    assert overall(confirmed) is Outcome.WARN
    assert confirmed[2].sentence.endswith("is the quantity meant? Confirmed.")


def test_a_denial_cannot_be_confirmed_away() -> None:
    facts = replace(with_ticket(quantity=Decimal(10_001)), confirmed=frozenset({"quantity"}))

    assert controls_run(facts)[2].outcome is Outcome.DENY


def test_a_request_to_halt_is_passed_on() -> None:
    verdicts = controls_run(replace(SOUND, firm_exposure=Decimal(2_000_000)))

    assert [verdict.name for verdict in verdicts if verdict.should_halt] == ["firm_capital"]


def test_no_verdict_is_no_permission() -> None:
    with pytest.raises(ValueError, match="empty"):
        overall([])


def test_figures_are_written_without_an_exponent() -> None:
    assert warned("x", small=Decimal("1E-8"), large=Decimal("1E+3"), word="y").figures == (
        ("small", "0.00000001"),
        ("large", "1000"),
        ("word", "y"),
    )
