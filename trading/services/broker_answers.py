"""What the daemon answers about accounts and prices, as JSON and back: numbers are text, times ISO 8601."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from trading.engine.records import (
    AccountValue,
    BrokerPosition,
    ContractFacts,
    ExecutionFacts,
    PriceBar,
    Side,
)

POSITIONS, EXECUTIONS, ACCOUNT_VALUES, HISTORY = "positions", "executions", "account_values", "history"
# The kinds of question that are answered here.
KINDS = (POSITIONS, EXECUTIONS, ACCOUNT_VALUES, HISTORY)

Json = dict[str, Any]


def encode_positions(rows: Iterable[BrokerPosition]) -> Json:
    """Positions of all accounts of a login."""
    return {
        POSITIONS: [
            {
                "account": row.account,
                "con_id": row.con_id,
                "symbol": row.symbol,
                "quantity": _text(row.quantity),
                "average_cost": _text(row.average_cost),
            }
            for row in rows
        ]
    }


def decode_positions(answer: Mapping[str, Any]) -> list[BrokerPosition]:
    """Positions from their JSON."""
    return [
        BrokerPosition(
            account=row["account"],
            con_id=row["con_id"],
            symbol=row["symbol"],
            quantity=Decimal(row["quantity"]),
            average_cost=Decimal(row["average_cost"]),
        )
        for row in answer[POSITIONS]
    ]


def encode_executions(rows: Iterable[ExecutionFacts]) -> Json:
    """Fills of all accounts of a login."""
    return {EXECUTIONS: [_execution_json(row) for row in rows]}


def _execution_json(row: ExecutionFacts) -> Json:
    return {
        "exec_id": row.exec_id,
        "revision": row.revision,
        "order_ref": row.order_ref,
        "perm_id": row.perm_id,
        "account": row.account,
        "con_id": row.con_id,
        "symbol": row.symbol,
        "currency": row.currency,
        "side": row.side.value,
        "quantity": _text(row.quantity),
        "price": _text(row.price),
        "executed_at": row.executed_at.isoformat(),
        "commission": None if row.commission is None else _text(row.commission),
        "commission_currency": row.commission_currency,
    }


def decode_executions(answer: Mapping[str, Any]) -> list[ExecutionFacts]:
    """Fills from their JSON."""
    return [_execution(row) for row in answer[EXECUTIONS]]


def _execution(row: Mapping[str, Any]) -> ExecutionFacts:
    commission = row["commission"]
    told = {
        "side": Side(row["side"]),
        "quantity": Decimal(row["quantity"]),
        "price": Decimal(row["price"]),
        "executed_at": datetime.fromisoformat(row["executed_at"]),
        "commission": None if commission is None else Decimal(commission),
    }
    return ExecutionFacts(**{**row, **told})


def encode_account_values(rows: Iterable[AccountValue]) -> Json:
    """Lines of the summaries of all accounts of a login."""
    return {
        ACCOUNT_VALUES: [
            {"account": row.account, "tag": row.tag, "value": row.value, "currency": row.currency}
            for row in rows
        ]
    }


def decode_account_values(answer: Mapping[str, Any]) -> list[AccountValue]:
    """Lines of summaries from their JSON."""
    return [AccountValue(**row) for row in answer[ACCOUNT_VALUES]]


def encode_history_wanted(contract: ContractFacts, *, last: date, days: int) -> Json:
    """The content of a question for daily bars. A contract without its number is looked up by its symbol."""
    return {
        "con_id": contract.con_id,
        "symbol": contract.symbol,
        "kind": contract.kind,
        "exchange": contract.exchange,
        "primary_exchange": contract.primary_exchange,
        "currency": contract.currency,
        "last": last.isoformat(),
        "days": days,
    }


def decode_history_wanted(content: Mapping[str, Any]) -> tuple[ContractFacts, date, int]:
    """The contract, the last day and the number of days of a question for daily bars."""
    named = ("con_id", "symbol", "kind", "exchange", "primary_exchange", "currency")
    contract = ContractFacts(**{name: content[name] for name in named})
    return contract, date.fromisoformat(content["last"]), int(content["days"])


def encode_history(rows: Iterable[PriceBar]) -> Json:
    """Daily bars, oldest first."""
    return {
        HISTORY: [
            {
                "day": row.day.isoformat(),
                "begins": None if row.begins is None else row.begins.isoformat(),
                "open": _text(row.open),
                "high": _text(row.high),
                "low": _text(row.low),
                "close": _text(row.close),
                "volume": _text(row.volume),
            }
            for row in rows
        ]
    }


def decode_history(answer: Mapping[str, Any]) -> list[PriceBar]:
    """Daily bars from their JSON."""
    return [
        PriceBar(
            day=date.fromisoformat(row["day"]),
            begins=None if row["begins"] is None else datetime.fromisoformat(row["begins"]),
            open=Decimal(row["open"]),
            high=Decimal(row["high"]),
            low=Decimal(row["low"]),
            close=Decimal(row["close"]),
            volume=Decimal(row["volume"]),
        )
        for row in answer[HISTORY]
    ]


def _text(amount: Decimal) -> str:
    return f"{amount:f}"
