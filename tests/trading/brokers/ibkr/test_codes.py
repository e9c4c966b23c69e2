"""What error codes mean, and that none of them ends an order that the broker holds."""

import pytest

from trading.brokers.ibkr.codes import KINDS, CodeKind, ends_request, kind_of, rejects_order


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (202, CodeKind.INFO),
        (2104, CodeKind.CONNECTIVITY),
        (1100, CodeKind.CONNECTIVITY),
        (326, CodeKind.CONNECTIVITY),
        (162, CodeKind.REQUEST_FAILED),
        (321, CodeKind.REQUEST_FAILED),
        (354, CodeKind.DATA_REFUSED),
        (10197, CodeKind.DATA_REFUSED),
        (10090, CodeKind.INFO),
        (399, CodeKind.ORDER_WARNING),
        (10349, CodeKind.ORDER_WARNING),
        (161, CodeKind.ACTION_REFUSED),
        (10148, CodeKind.ACTION_REFUSED),
        (201, CodeKind.ORDER_REJECTED),
    ],
)
def test_a_code_of_the_table_has_its_kind(code: int, kind: CodeKind) -> None:
    assert kind_of(code) is kind


def test_a_code_that_is_not_in_the_table_is_news_in_the_two_thousands_and_a_failure_elsewhere() -> None:
    assert (kind_of(2999), kind_of(999)) == (CodeKind.INFO, CodeKind.REQUEST_FAILED)


@pytest.mark.parametrize("code", [399, 10349, 2106, 10167, 202])
def test_news_and_warnings_leave_a_question_waiting_for_its_answer(code: int) -> None:
    assert not ends_request(code)


@pytest.mark.parametrize("code", [110, 162, 200, 201, 321, 10148, 999])
def test_a_failure_is_the_answer_to_a_question(code: int) -> None:
    assert ends_request(code)


# The codes that one or both packages take for the end of a live order.
@pytest.mark.parametrize(
    "code",
    [103, 105, 110, 161, 202, 321, 329, 383, 399, 404, 451, 463, 2109, 2161, 10147, 10148, 10167, 10349],
)
def test_no_code_but_a_rejection_ends_an_order_that_the_broker_holds(code: int) -> None:
    assert not rejects_order(code, is_taken=True, is_changed=False)


@pytest.mark.parametrize("code", [200, 201, 203, 321, 460, 10268])
def test_a_refused_new_order_surely_does_not_live(code: int) -> None:
    assert rejects_order(code, is_taken=False, is_changed=False)


@pytest.mark.parametrize("code", [103, 110, 161, 383, 399, 463, 10147, 10349, 999])
def test_words_that_leave_a_doubt_do_not_refuse_even_a_new_order(code: int) -> None:
    assert not rejects_order(code, is_taken=False, is_changed=False)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_while_a_change_is_under_way_no_code_ends_the_order(code: int) -> None:
    assert not rejects_order(code, is_taken=True, is_changed=True)


def test_a_working_order_that_was_not_touched_can_still_be_rejected() -> None:
    assert rejects_order(201, is_taken=True, is_changed=False)
