"""Questions to a daemon and their answers, and how long somebody waits for one."""

import threading
import time
from uuid import uuid4

import pytest

from common.errors import Conflict
from trading.services import questions
from trading.services.questions import GatewaySilent, question_answer, question_ask, questions_take


def test_an_answer_that_comes_in_a_later_turn_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "SPAN", 0.02)
    gateway = uuid4()

    def answer() -> None:
        while not (taken := questions_take(gateway)):
            time.sleep(0.005)
        time.sleep(0.05)
        question_answer(taken[0]["name"], {"positions": [taken[0]["content"]["n"]]})

    thread = threading.Thread(target=answer)
    thread.start()
    assert question_ask(gateway, "positions", {"n": 7}) == {"positions": [7]}
    thread.join()


def test_nobody_answers_in_time() -> None:
    gateway = uuid4()
    with pytest.raises(GatewaySilent):
        question_ask(gateway, "positions", {}, seconds=0.02)
    assert questions_take(gateway) == []


def test_a_refusal_is_told_in_its_words() -> None:
    gateway = uuid4()

    def refuse() -> None:
        while not (taken := questions_take(gateway)):
            time.sleep(0.005)
        question_answer(taken[0]["name"], {"refusal": "Not now."})

    thread = threading.Thread(target=refuse)
    thread.start()
    with pytest.raises(Conflict, match="Not now") as refused:
        question_ask(gateway, "positions", {})
    thread.join()
    assert refused.value.code == "broker-refusal"
