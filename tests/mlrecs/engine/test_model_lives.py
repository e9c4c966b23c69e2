"""Who may move a model along, and when the gate forbids it."""

from uuid import UUID

from mlrecs.engine.model_lives import Standing, approval_refusal, proposal_refusal

ANNA, BERT = UUID(int=1), UUID(int=2)
FIRST = Standing(name="turbulence", status="candidate", gate_champion="turbulence", proposed_by=ANNA)


def test_what_the_gate_put_first_may_be_proposed() -> None:
    assert proposal_refusal(FIRST) == ""


def test_the_champion_is_not_proposed_again() -> None:
    standing = Standing(name="turbulence", status="champion", gate_champion="turbulence")

    assert proposal_refusal(standing) == "This model is the champion already."


def test_without_an_evaluation_nothing_may_be_proposed() -> None:
    standing = Standing(name="lstm", status="challenger")

    assert proposal_refusal(standing).startswith("There is no evaluation yet:")


def test_a_model_that_the_gate_did_not_put_first_is_refused_with_its_reason() -> None:
    standing = Standing(
        name="lstm", status="challenger", gate_champion="zero", gate_words="It lost to its untrained twin."
    )

    assert proposal_refusal(standing) == (
        "The gate put zero first, so lstm cannot be promoted. It lost to its untrained twin."
    )


def test_a_second_operator_approves() -> None:
    assert approval_refusal(FIRST, BERT) == ""


def test_the_one_who_proposed_does_not_approve() -> None:
    assert approval_refusal(FIRST, ANNA) == "You proposed this model: a second operator must approve it."


def test_what_nobody_proposed_is_not_approved() -> None:
    standing = Standing(name="lstm", status="challenger", gate_champion="lstm")

    assert approval_refusal(standing, BERT).startswith("Nobody has proposed this model.")


def test_the_gate_is_asked_again_at_the_approval() -> None:
    standing = Standing(name="lstm", status="challenger", gate_champion="zero", proposed_by=ANNA)

    assert approval_refusal(standing, BERT) == "The gate put zero first, so lstm cannot be promoted."
