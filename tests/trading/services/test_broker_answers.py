"""What a daemon answers comes back as it was, to the last digit."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from trading.engine.records import (
    AccountValue,
    BrokerPosition,
    ContractFacts,
    ExecutionFacts,
    PriceBar,
    Side,
)
from trading.services import broker_answers as answers

D = Decimal
FILL = ExecutionFacts(
    exec_id="0000e1a2.00000001.01",
    revision=2,
    order_ref="",
    perm_id=501,
    account="DU100",
    con_id=1001,
    symbol="ACME",
    currency="USD",
    side=Side.SELL,
    quantity=D("0.0001"),
    price=D("1E+2"),
    executed_at=datetime(2026, 3, 2, 15, 0, 0, 250_000, tzinfo=UTC),
    commission=D("1.00340000"),
    commission_currency="USD",
)


def through_json(answer: object) -> dict[str, object]:
    """As it arrives on the other side."""
    told: dict[str, object] = json.loads(json.dumps(answer))
    return told


def test_positions_come_back() -> None:
    rows = [
        BrokerPosition(
            account="DU100", con_id=1001, symbol="ACME", quantity=D("-3.5"), average_cost=D("100.11000000")
        )
    ]
    told = through_json(answers.encode_positions(rows))
    assert told == {
        "positions": [
            {
                "account": "DU100",
                "con_id": 1001,
                "symbol": "ACME",
                "quantity": "-3.5",
                "average_cost": "100.11000000",
            }
        ]
    }
    assert answers.decode_positions(told) == rows


def test_fills_come_back_with_and_without_a_commission() -> None:
    rows = [FILL, replace(FILL, commission=None, commission_currency="")]
    assert answers.decode_executions(through_json(answers.encode_executions(rows))) == rows


def test_values_come_back() -> None:
    rows = [AccountValue(account="DU100", tag="AccountType", value="INDIVIDUAL", currency="")]
    assert answers.decode_account_values(through_json(answers.encode_account_values(rows))) == rows


def test_bars_and_the_question_for_them_come_back() -> None:
    bar = PriceBar(
        day=date(2026, 3, 2),
        begins=None,
        open=D("1.1"),
        high=D("1.3"),
        low=D(1),
        close=D("1.2"),
        volume=D(12345),
    )
    minute = PriceBar(
        day=bar.day, begins=FILL.executed_at, open=D(1), high=D(1), low=D(1), close=D(1), volume=D(0)
    )
    assert answers.decode_history(through_json(answers.encode_history([bar, minute]))) == [bar, minute]
    contract = ContractFacts(con_id=1001, symbol="ACME", primary_exchange="NYSE")
    content = through_json(answers.encode_history_wanted(contract, last=bar.day, days=30))
    assert answers.decode_history_wanted(content) == (contract, bar.day, 30)
